/// Fills a message's fields, one at a time as they come. The subclasses are the forms.
class FieldReader {
  /// Takes each field in hand; a closure, so that the forms are compiled once and not for each message.
  typealias Offer = (FieldReader) throws(AgentError) -> Void

  final func fill<Message: RequestMessage>(_ message: inout Message) throws(AgentError) {
    try read { (fields) throws(AgentError) in try message.read(fields) }
  }

  /// Offers every field that has come.
  fileprivate func read(_ offer: Offer) throws(AgentError) {}
  /// What the form has in hand has been read by the field it belongs to.
  final fileprivate(set) var isTaken = false

  func string(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {}
  func bytes(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {}
  func bool(_ name: StaticString, _ tag: UInt32, _ value: inout Bool) throws(AgentError) {}
  func optional(_ name: StaticString, _ tag: UInt32, _ value: inout UInt64?) throws(AgentError) {}
  func strings(_ name: StaticString, _ tag: UInt32, _ value: inout [[UInt8]]) throws(AgentError) {}
}

/// A reader by field name, where a known field must not come twice.
class NamedFieldReader: FieldReader {
  private var name: [UInt8] = []
  /// Bit `tag` of each field that has come.
  private var seen: UInt64 = 0

  /// Begins the next field.
  final func begin(_ name: [UInt8]) {
    self.name = name
    isTaken = false
  }

  /// Whether the field in hand is this one; takes it then.
  final func take(_ name: StaticString, _ tag: UInt32, repeated: Bool = false) throws(AgentError) -> Bool {
    guard !isTaken, self.name.matches(name) else { return false }
    isTaken = true
    let bit: UInt64 = 1 << UInt64(tag)
    if seen & bit != 0, !repeated { throw .invalid("a field is given twice") }
    seen |= bit
    return true
  }
}

/// Fields of a JSON object. `bytes` are hex strings, either case, with or without `0x`.
final class JSONFieldReader: NamedFieldReader {
  private var reader: JSONReader

  init(_ body: [UInt8]) { reader = JSONReader(body) }

  fileprivate override func read(_ offer: Offer) throws(AgentError) {
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      begin(name)
      try offer(self)
      if !isTaken { try reader.skip() }
    }
    try reader.end()
  }

  override func string(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if try take(name, tag) { value = try reader.string() }
  }

  override func bytes(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if try take(name, tag) { value = try hexBytes(reader.string()) }
  }

  override func bool(_ name: StaticString, _ tag: UInt32, _ value: inout Bool) throws(AgentError) {
    if try take(name, tag) { value = try reader.bool() }
  }

  override func optional(_ name: StaticString, _ tag: UInt32, _ value: inout UInt64?) throws(AgentError) {
    if try take(name, tag) { value = try reader.null() ? nil : try reader.unsigned() }
  }

  override func strings(_ name: StaticString, _ tag: UInt32, _ value: inout [[UInt8]]) throws(AgentError) {
    guard try take(name, tag) else { return }
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) { value.append(try reader.string()) }
  }
}

/// Fields of a query string. Lists come as `name[0]=…&name[1]=…`, in the order of their numbers, or as `name[]=…`.
final class QueryFieldReader: NamedFieldReader {
  /// Without a value where the brackets hold no number, which matters only if somebody reads it.
  private var pairs: [(name: [UInt8], index: UInt64?, value: [UInt8]?)] = []
  private var current = 0

  init(_ query: [UInt8]) throws(AgentError) {
    super.init()
    guard let decoded = FormEncoding.pairs(query) else { throw .invalid("malformed query string") }
    for (name, value) in decoded {
      if name.last == UInt8(ascii: "]"), let bracket = name.firstIndex(of: UInt8(ascii: "[")) {
        let digits = name[(bracket + 1)..<(name.count - 1)]
        let index = digits.isEmpty ? UInt64(pairs.count) : parseDecimal(digits)
        insert((Array(name[..<bracket]), index, index == nil ? nil : value))
      } else {
        insert((name, nil, value))
      }
    }
  }

  /// Keeps `pairs` in the order of their numbers, and of their arrival where those are equal.
  private func insert(_ pair: (name: [UInt8], index: UInt64?, value: [UInt8]?)) {
    var place = pairs.count
    while place > 0, pairs[place - 1].index ?? 0 > pair.index ?? 0 { place -= 1 }
    pairs.insert(pair, at: place)
  }

  fileprivate override func read(_ offer: Offer) throws(AgentError) {
    for index in pairs.indices {
      current = index
      begin(pairs[index].name)
      try offer(self)
    }
  }

  override func string(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if let text = try scalar(name, tag) { value = text }
  }

  override func bytes(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if let text = try scalar(name, tag) { value = try hexBytes(text) }
  }

  override func bool(_ name: StaticString, _ tag: UInt32, _ value: inout Bool) throws(AgentError) {
    guard let text = try scalar(name, tag) else { return }
    if text.matches("true") || text.matches("1") {
      value = true
    } else if text.matches("false") || text.matches("0") {
      value = false
    } else {
      throw .invalid("expected true or false in the query")
    }
  }

  override func optional(_ name: StaticString, _ tag: UInt32, _ value: inout UInt64?) throws(AgentError) {
    guard let text = try scalar(name, tag) else { return }
    guard let number = parseDecimal(text) else { throw .invalid("expected an unsigned 64-bit integer in the query") }
    value = number
  }

  override func strings(_ name: StaticString, _ tag: UInt32, _ value: inout [[UInt8]]) throws(AgentError) {
    guard try take(name, tag, repeated: true) else { return }
    guard let element = pairs[current].value else { throw .invalid("malformed query string") }
    value.append(element)
  }

  private func scalar(_ name: StaticString, _ tag: UInt32) throws(AgentError) -> [UInt8]? {
    guard try take(name, tag) else { return nil }
    guard pairs[current].index == nil, let value = pairs[current].value else {
      throw .invalid("a list is given for a single field")
    }
    return value
  }
}

/// Fields of a protobuf message (proto3): of a single field that comes twice the last one counts, unknown fields are skipped.
final class ProtobufFieldReader: FieldReader {
  private var reader: ProtobufReader
  private var tag: UInt32 = 0
  private var wire = ProtobufReader.WireType.varint

  init(_ body: [UInt8]) { reader = ProtobufReader(body) }

  fileprivate override func read(_ offer: Offer) throws(AgentError) {
    while let (tag, wire) = try reader.key() {
      self.tag = tag
      self.wire = wire
      isTaken = false
      try offer(self)
      if !isTaken { try reader.skip(wire) }
    }
  }

  override func string(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if try take(tag, .delimited) { value = try text() }
  }

  override func bytes(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if try take(tag, .delimited) { value = try Array(reader.delimited()) }
  }

  override func bool(_ name: StaticString, _ tag: UInt32, _ value: inout Bool) throws(AgentError) {
    if try take(tag, .varint) { value = try reader.varint() != 0 }
  }

  override func optional(_ name: StaticString, _ tag: UInt32, _ value: inout UInt64?) throws(AgentError) {
    if try take(tag, .varint) { value = try reader.varint() }
  }

  override func strings(_ name: StaticString, _ tag: UInt32, _ value: inout [[UInt8]]) throws(AgentError) {
    if try take(tag, .delimited) { value.append(try text()) }
  }

  private func take(_ tag: UInt32, _ wire: ProtobufReader.WireType) throws(AgentError) -> Bool {
    guard !isTaken, self.tag == tag else { return false }
    guard self.wire == wire else { throw .invalid("a protobuf field has the wrong wire type") }
    isTaken = true
    return true
  }

  private func text() throws(AgentError) -> [UInt8] {
    let text = try reader.delimited()
    guard UTF8Text.isValid(text) else { throw .invalid("a protobuf string is not UTF-8") }
    return Array(text)
  }
}

private func hexBytes(_ text: [UInt8]) throws(AgentError) -> [UInt8] {
  guard let data = Hex.decode(text.hasPrefix("0x") ? text[2...] : text[...]) else { throw .invalid("a bytes field is not hex") }
  return data
}
