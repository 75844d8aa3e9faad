/// The part of the log that the front knows. The front fetches it in pieces, so nothing here takes longer as the log
/// grows.
final class ToldLog {
  private var log: EventLog?
  private var number: UInt32 = 0

  /// Lets the front fetch this log from now on, and returns its extent.
  func tell(_ log: EventLog) -> LogExtent {
    if let told = self.log, told.runtime === log.runtime {
      if log.count > told.count { self.log = log }
    } else {
      (self.log, number) = (log, number &+ 1)
    }
    return LogExtent(number: number, boot: log.boot.count, runtime: log.count)
  }

  /// Part of what follows `known`; empty if the front has it all, or knows another log.
  func piece(behind known: LogExtent) throws(AgentError) -> [UInt8] {
    let out = ByteBuffer()
    guard let log, known.number == number, known.boot <= log.boot.count, known.runtime <= log.count else { return [] }
    try log.boot.append(known.boot..<log.boot.count, to: out)
    try log.runtime.append(known.runtime..<log.count, to: out)
    return out.take()
  }
}
