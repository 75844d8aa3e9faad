/// How far the startup of this guest has come, as RTMR3 and the event log tell together.
struct BootState {
  /// Whether `system-ready` is out: the keys are there and may be in use.
  let isReady: Bool
  /// Why nothing can be measured any more; nil if the startup may begin, or is over.
  let obstacle: AgentError?

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
      obstacle = .failed("the startup of this guest has stopped half-way before; the guest must be started anew")
    case .consistent:
      obstacle = history.damagedLines == 0 ? nil : .failed("the event log has lines that are no events")
    }
  }
}
