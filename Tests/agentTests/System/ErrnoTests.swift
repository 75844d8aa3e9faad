import Glibc
import Testing

@testable import agent

struct ErrnoTests {
  @Test(arguments: [
    (EADDRINUSE, "address in use"), (EACCES, "permission denied"), (ENOENT, "not found"), (ENOSPC, "no space left"),
    (EFBIG, "too large"), (ECONNREFUSED, "connection refused"), (EKEYREJECTED, "signature refused"),
    (EOPNOTSUPP, "not supported"),
    // an unexpected value keeps its number
    (EDOM, "error 33"), (4095, "error 4095"),
  ])
  func words(_ code: Int32, _ text: String) {
    #expect(Errno(code: code).text == utf8(text))
    #expect(failureText { try Errno.check(-code, "cannot be bound") } == "cannot be bound: \(text)")
    #expect(failureText { () throws(AgentError) in throw .failed("broken", errno: code) } == "broken: \(text)")
  }

  /// Values that are not errors pass through.
  @Test func codes() {
    #expect(failureText { () throws(AgentError) in throw .failed("refused", code: 98) } == "refused (98)")
    #expect(failureText { () throws(AgentError) in throw .failed("TLS failed", code: -98) } == "TLS failed (-98)")
  }
}
