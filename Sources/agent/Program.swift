/// The program: chooses a command and runs it. Returns the exit status.
public func agentMain(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  0
}
