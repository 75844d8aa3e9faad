/// SIGTERM and SIGINT, which ask the process to stop; and SIGCHLD where children are reaped.
final class Signals: EventSource {
  private let stop: () -> Void
  private let childEnded: (() -> Void)?

  /// `childEnded` is called when one or more children have ended; without it the kernel reaps them.
  init(stop: @escaping () -> Void, childEnded: (() -> Void)? = nil) throws(AgentError) {
    self.stop = stop
    self.childEnded = childEnded
    super.init(try Process.takeSignals(ofChildren: childEnded != nil))
    events = Poll.readable
    isQuiet = true
  }

  override func ready(_ happened: Int16) {
    while let signal = Process.nextSignal(descriptor) {
      if let childEnded, Process.isChildSignal(signal) { childEnded() } else { stop() }
    }
  }
}
