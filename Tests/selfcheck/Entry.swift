import agent

// As the release agent's entry (Sources/agentd), with another function of the same module.
@c(selfcheck_main)
public func selfcheckMain(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  agentSelfCheck(count, arguments)
}
