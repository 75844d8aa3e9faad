/// A message that comes in. Each field is declared once, in `read`: name, protobuf tag, kind; the reader decides from which of the
/// three forms (JSON, query, protobuf) it is filled.
protocol RequestMessage {
  /// Every field at its proto3 default.
  init()
  /// Offers each field to the reader, which fills the one that it has in hand.
  mutating func read(_ fields: FieldReader) throws(AgentError)
  /// Does what takes long when the fields are large, and leaves them small. Called once they are all read.
  mutating func reduce() throws(AgentError)
}

extension RequestMessage {
  mutating func reduce() throws(AgentError) {}
}

/// A message that goes out. Each field is declared once, in `write`; the writer decides its form (JSON or protobuf).
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
