/// A copy of the event log, as far as the keeper has sent it. The log only grows, so each event is fetched once.
final class LogCopy {
  /// Takes the log.
  typealias Answer = (EventLog?) -> Void

  private let keeper: KeeperLink
  private var number: UInt32 = 0
  private var (boot, runtime) = (EventStore(), EventStore())
  private var isAsking = false
  /// Called when the next piece has arrived.
  private var waiting: [() -> Void] = []

  init(_ keeper: KeeperLink) { self.keeper = keeper }

  /// The log up to `extent`; nil if it has no log, or one that the keeper no longer has.
  func get(_ extent: LogExtent, _ answer: @escaping Answer) {
    if extent.number == 0 { return answer(nil) }
    if isAsking { return waiting.append { [self] in get(extent, answer) } }
    if extent.number != number { (number, boot, runtime) = (extent.number, EventStore(), EventStore()) }
    if boot.count >= extent.boot, runtime.count >= extent.runtime {
      return answer(EventLog(boot: boot, runtime: runtime, count: extent.runtime))
    }
    isAsking = true
    keeper.ask(.events, LogExtent(number: number, boot: boot.count, runtime: runtime.count).encoded) { [self] piece in
      isAsking = false
      if take((try? piece.data()) ?? []) { get(extent, answer) } else { answer(nil) }
      let others = waiting
      waiting = []
      for look in others { look() }
    }
  }

  /// False if it is not a piece of a log.
  private func take(_ piece: [UInt8]) -> Bool {
    if (try? Memory.require(2 * piece.count)) == nil { return false }
    var reader = LittleEndianReader(piece)
    repeat {
      guard let event = LogEvent(&reader) else { return false }
      if event.version == nil { boot.append(event) } else { runtime.append(event) }
    } while reader.remaining > 0
    return true
  }
}
