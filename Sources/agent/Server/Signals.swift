/// SIGTERM and SIGINT: stop accepting, answer what is in flight, leave.
final class Signals: EventSource {
  private let stop: () -> Void

  init(stop: @escaping () -> Void) throws(AgentError) {
    self.stop = stop
    super.init(try Process.takeSignals())
    events = Poll.readable
  }

  override func ready(_ happened: Int16) {
    while Process.nextSignal(descriptor) != nil { stop() }
  }
}
