/// A member of a configuration document, which may come once. What is wrong with it is told behind its name.
struct JSONMember<Value> {
  private let name: StaticString
  /// Whether `null` stands for no member.
  private let isNullable: Bool
  private(set) var value: Value?
  private var isGiven = false

  init(_ name: StaticString, nullable: Bool = false) {
    self.name = name
    isNullable = nullable
  }

  /// Reads the value if `member` is this one's name; else false, and the value is still to be read. Throws `.invalid` for a member
  /// that comes twice, and what `read` throws.
  mutating func take(
    _ member: [UInt8], _ reader: inout JSONReader<[UInt8]>,
    _ read: (inout JSONReader<[UInt8]>) throws(AgentError) -> Value
  ) throws(AgentError) -> Bool {
    guard member.matches(name) else { return false }
    do throws(AgentError) {
      if isGiven { throw .invalid("is given twice") }
      isGiven = true
      if isNullable, try reader.null() { return true }
      value = try read(&reader)
    } catch {
      throw error.during(name)
    }
    return true
  }

  /// Throws `.invalid` if the member has not come.
  func required() throws(AgentError) -> Value {
    guard let value else { throw AgentError.invalid("is missing").during(name) }
    return value
  }
}

/// The kinds of values that configuration documents have.
enum JSONValue {
  /// UTF-8.
  static func text(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> [UInt8] { try reader.string() }

  static func number(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> UInt64 { try reader.unsigned() }

  static func flag(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> Bool { try reader.bool() }

  /// Bytes in hex, with or without `0x`.
  static func hex(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> [UInt8] {
    let text = try reader.string()
    guard let data = Hex.decode(text.hasPrefix("0x") ? text[2...] : text[...]) else { throw .invalid("is not hex") }
    return data
  }

  static func texts(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> [[UInt8]] {
    var values: [[UInt8]] = []
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) { values.append(try reader.string()) }
    return values
  }

  /// Digests in hex.
  static func hashes(_ reader: inout JSONReader<[UInt8]>) throws(AgentError) -> [[UInt8]] {
    var values: [[UInt8]] = []
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) { values.append(try hex(&reader)) }
    return values
  }
}
