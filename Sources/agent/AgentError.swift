/// Why a call, a start or a boot failed. The text is printable ASCII, at most `textLimit` bytes, and our own: it contains bytes of the
/// input only where clients look for them.
struct AgentError: Error {
  /// What the caller sees: HTTP 400, 404, 500, 503, 501 and 503 (docs/spec/errors.md). Work that is `overdue` was begun; work that is
  /// `unavailable` may not have been.
  enum Kind: UInt8 { case invalid, notFound, failed, unavailable, notImplemented, overdue }

  /// Bytes of an error text, at most.
  static let textLimit = 256

  let kind: Kind
  let text: [UInt8]
  /// How many bytes of the text come before what it quotes from the caller. Only these are logged.
  let ownCount: UInt16

  /// `start` is where the text begins to quote the caller.
  init(_ kind: Kind, _ text: [UInt8], quotesFrom start: Int = textLimit) {
    self.kind = kind
    ownCount = UInt16(clamping: start)
    self.text = text.count <= Self.textLimit ? text : Array(text[..<Self.textLimit])
  }

  // Not inlined, as in Bytes.

  /// The caller's parameters are bad.
  @inline(never)
  static func invalid(_ text: StaticString) -> AgentError { AgentError(.invalid, bytes(text)) }
  /// The method, path or container does not exist.
  @inline(never)
  static func notFound(_ text: StaticString) -> AgentError { AgentError(.notFound, bytes(text)) }
  /// The failure is ours or the machine's.
  @inline(never)
  static func failed(_ text: StaticString) -> AgentError { AgentError(.failed, bytes(text)) }
  /// The same with a library's return value or an answer's status, shown after the text.
  @inline(never)
  static func failed(_ text: StaticString, code: Int32) -> AgentError {
    AgentError(.failed, bytes(text) + " (" + decimal(Int(code)) + ")")
  }
  /// A system call has failed: the text, and errno's description.
  @inline(never)
  static func failed(_ text: StaticString, errno: Int32) -> AgentError {
    AgentError(.failed, bytes(text) + ": " + Errno(code: errno).text)
  }
  /// Too much is being asked for; the answer carries Retry-After.
  @inline(never)
  static func unavailable(_ text: StaticString) -> AgentError { AgentError(.unavailable, bytes(text)) }

  /// The same failure, its text preceded by what was being done.
  @inline(never)
  consuming func during(_ what: StaticString) -> AgentError { during(bytes(what)) }
  @inline(never)
  consuming func during(_ what: [UInt8]) -> AgentError { AgentError(kind, what + ": " + text) }

  /// Runs `body`; the text of a failure is preceded by `what`.
  static func during<Result: ~Copyable>(
    _ what: StaticString, _ body: @autoclosure () throws(AgentError) -> Result
  ) throws(AgentError) -> Result {
    do throws(AgentError) { return try body() } catch { throw error.during(what) }
  }
  static func during<Result: ~Copyable>(
    _ what: [UInt8], _ body: @autoclosure () throws(AgentError) -> Result
  ) throws(AgentError) -> Result {
    do throws(AgentError) { return try body() } catch { throw error.during(what) }
  }
}
