/// How far the startup of this guest has come, judged by RTMR3 and the runtime event log together.
struct BootState {
  /// Whether `system-ready` has been measured: the keys have been given out and may be in use.
  let isReady: Bool
  /// Why the startup cannot run; nil if it may begin, or is complete.
  let obstacle: AgentError?

  /// Reads both. Throws if either cannot be read.
  @inline(never)
  init(_ guest: BootGuest) throws(AgentError) {
    var history = RuntimeEventHistory()
    let registers = RegisterSource(paths: guest.tdx)
    let consistency = try guest.log.check(&history, deadline: Clock.monotonic() + Limits.logLock) { () throws(AgentError) in
      try registers.read().rtmr3
    }
    isReady = history.identity.isReady
    switch consistency {
    case .mismatch where history.events.count == 0:
      obstacle = .failed("RTMR3 is not zero, and there is no event log: something else has extended it")
    case .mismatch:
      obstacle = .failed("the event log does not reproduce RTMR3")
    case .consistent where isReady:
      obstacle = nil
    case .consistent where history.events.count > 0:
      obstacle = .failed("an earlier startup of this guest stopped half-way: restart the guest")
    case .consistent:
      obstacle = history.damagedLines == 0 ? nil : .failed("the event log has malformed lines")
    }
  }
}
