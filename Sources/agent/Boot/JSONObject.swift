/// The members of a JSON object that its reader knows by name. None of those may come twice. What is wrong with a member is told
/// behind its name.
struct JSONObject {
  private let text: [UInt8]
  /// Where the values of the known members begin that are there.
  private var values: [(name: StaticString, offset: Int)] = []

  /// A whole document. Members that are not `known` are an error if `isClosed`, and else passed over.
  init(_ text: [UInt8], isClosed: Bool = false, known: [StaticString]) throws(AgentError) {
    var reader = JSONReader(text)
    self.text = text
    try collect(&reader, isClosed, known)
    try reader.end()
  }

  /// The object that begins at an offset of a document.
  init(_ text: [UInt8], at offset: Int, isClosed: Bool = false, known: [StaticString]) throws(AgentError) {
    var reader = JSONReader(text, at: offset)
    self.text = text
    try collect(&reader, isClosed, known)
  }

  /// UTF-8; nil if there is no such member. `orNull`: `null` stands for no member.
  func text(_ name: StaticString, orNull: Bool = false) throws(AgentError) -> [UInt8]? {
    try read(name, orNull) { (reader) throws(AgentError) in try reader.string() }
  }

  func flag(_ name: StaticString, orNull: Bool = false) throws(AgentError) -> Bool? {
    try read(name, orNull) { (reader) throws(AgentError) in try reader.bool() }
  }

  func number(_ name: StaticString) throws(AgentError) -> UInt64? {
    try read(name, false) { (reader) throws(AgentError) in try reader.unsigned() }
  }

  func texts(_ name: StaticString, orNull: Bool = false) throws(AgentError) -> [[UInt8]]? {
    try read(name, orNull) { (reader) throws(AgentError) in
      var texts: [[UInt8]] = []
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) { texts.append(try reader.string()) }
      return texts
    }
  }

  /// Bytes in hex, with or without `0x`.
  func hex(_ name: StaticString, orNull: Bool = false) throws(AgentError) -> [UInt8]? {
    guard let text = try text(name, orNull: orNull) else { return nil }
    return try Self.decode(text, name)
  }

  func hexList(_ name: StaticString, orNull: Bool = false) throws(AgentError) -> [[UInt8]]? {
    guard let texts = try texts(name, orNull: orNull) else { return nil }
    var list: [[UInt8]] = []
    for text in texts { list.append(try Self.decode(text, name)) }
    return list
  }

  func object(
    _ name: StaticString, orNull: Bool = false, isClosed: Bool = false, known: [StaticString]
  ) throws(AgentError) -> JSONObject? {
    guard let offset = try read(name, orNull, { (reader) throws(AgentError) in reader.position }) else { return nil }
    do throws(AgentError) {
      return try JSONObject(text, at: offset, isClosed: isClosed, known: known)
    } catch {
      throw error.during(name)
    }
  }

  /// The first byte of a member's value, nil if there is no such member.
  func kind(_ name: StaticString) throws(AgentError) -> UInt8? {
    try read(name, false) { (reader) throws(AgentError) in reader.peek() }
  }

  static func missing(_ name: StaticString) -> AgentError { AgentError.invalid("is missing").during(name) }

  private mutating func collect(
    _ reader: inout JSONReader, _ isClosed: Bool, _ known: [StaticString]
  ) throws(AgentError) {
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if let name = known.first(where: { member.matches($0) }) {
        guard !values.contains(where: { member.matches($0.name) }) else {
          throw AgentError.invalid("is given twice").during(name)
        }
        values.append((name, reader.position))
      } else if isClosed {
        throw .invalid("has a member that this agent does not know")
      }
      try reader.skip()
    }
  }

  private func read<Value>(
    _ name: StaticString, _ orNull: Bool, _ body: (inout JSONReader) throws(AgentError) -> Value
  ) throws(AgentError) -> Value? {
    let wanted = bytes(name)
    guard let offset = values.first(where: { wanted.matches($0.name) })?.offset else { return nil }
    var reader = JSONReader(text, at: offset)
    do throws(AgentError) {
      if orNull, try reader.null() { return nil }
      return try body(&reader)
    } catch {
      throw error.during(name)
    }
  }

  private static func decode(_ text: [UInt8], _ name: StaticString) throws(AgentError) -> [UInt8] {
    guard let data = Hex.decode(text.hasPrefix("0x") ? text[2...] : text[...]) else {
      throw AgentError.invalid("is not hex").during(name)
    }
    return data
  }
}
