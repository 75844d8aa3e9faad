/// All that explains the registers: what the firmware and the kernel measured, then the runtime events up to some point.
final class EventLog {
  let boot: EventStore
  let runtime: EventStore
  /// How many of the runtime events.
  let count: Int
  private let sizes: EventSizes

  init(boot: EventStore, runtime: EventStore, count: Int? = nil) {
    self.boot = boot
    self.runtime = runtime
    self.count = count ?? runtime.count
    sizes = runtime.sizes(self.count)
  }

  /// Whether any event has a digest of version 2, which older forms cannot tell.
  var hasVersionTwo: Bool { sizes.twos > 0 }

  /// How many events have a form.
  func count(_ form: EventForm) -> Int { boot.sizes.count(form) + sizes.count(form) }

  /// All that have a form, in order. In JSON the first one stands there without its comma.
  func write(_ form: EventForm, to out: ByteBuffer) {
    out.insert(body(boot, boot.count, form, true, boot.sizes))
    out.insert(body(runtime, count, form, boot.count == 0, sizes))
  }

  private func body(
    _ store: EventStore, _ count: Int, _ form: EventForm, _ isFirst: Bool, _ sizes: EventSizes
  ) -> BodyReader {
    let isFirst = isFirst && form == .json && count > 0
    return EventBody(store, count, form, isFirst: isFirst, sizes.size(form) + TextSize(isFirst ? -1 : 0))
  }

  /// The JSON array that GetQuote and Info give.
  var json: BodyReader {
    let json = JSONWriter()
    json.array { write(.json, to: $0.out) }
    return JoinedBody(json.out)
  }
}
