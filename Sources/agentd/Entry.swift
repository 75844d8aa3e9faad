import agent

// SwiftPM links an executable with --defsym main=<target>_main; Embedded Swift has no CommandLine.
@c(agentd_main)
public func agentdMain(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  agentMain(count, arguments)
}
