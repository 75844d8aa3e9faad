/// An incoming message. `read` declares each field once: name, protobuf tag, kind; the reader decides which of the three forms (JSON,
/// query, protobuf) fills it.
protocol RequestMessage {
  /// Every field at its proto3 default.
  init()
  /// Offers each field to the reader, which fills the current one.
  mutating func read(_ fields: FieldReader) throws(AgentError)
  /// Does the work that is slow for large fields, and leaves them small. Called once all fields are read.
  mutating func reduce() throws(AgentError)
}

extension RequestMessage {
  mutating func reduce() throws(AgentError) {}
}

/// An outgoing message. `write` declares each field once; the writer decides the form (JSON or protobuf).
protocol ReplyMessage: ~Copyable {
  borrowing func write(_ fields: FieldWriter)
  /// Whether there is nothing to write: `null` in JSON.
  static var hasNoFields: Bool { get }
}

extension ReplyMessage where Self: ~Copyable {
  static var hasNoFields: Bool { false }
}

/// google.protobuf.Empty.
struct Empty: ReplyMessage {
  static var hasNoFields: Bool { true }
  func write(_ fields: FieldWriter) {}
}
