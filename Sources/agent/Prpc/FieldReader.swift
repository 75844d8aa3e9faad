/// Fills a message's fields in the order in which they arrive. Each form is a subclass.
class FieldReader {
  /// Offers the current field to a message; a closure, so that the forms are not compiled for each message.
  typealias Offer = (FieldReader) throws(AgentError) -> Void
  fileprivate typealias WireType = ProtobufReader.WireType

  final func fill<Message: RequestMessage>(_ message: inout Message) throws(AgentError) {
    try fill { (fields) throws(AgentError) in try message.read(fields) }
  }

  final func fill(_ offer: Offer) throws(AgentError) { try read(offer) }

  final func string(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if writes(tag, value) { return }
    if try take(name, tag, .delimited) { value = try text() }
  }

  final func bytes(_ name: StaticString, _ tag: UInt32, _ value: inout [UInt8]) throws(AgentError) {
    if writes(tag, value) { return }
    if try take(name, tag, .delimited) { value = try data() }
  }

  final func bool(_ name: StaticString, _ tag: UInt32, _ value: inout Bool) throws(AgentError) {
    if writes(tag, value ? 1 : nil) { return }
    if try take(name, tag, .varint) { value = try flag() }
  }

  final func optional(_ name: StaticString, _ tag: UInt32, _ value: inout UInt64?) throws(AgentError) {
    if writes(tag, value) { return }
    if try take(name, tag, .varint) { value = try number() }
  }

  final func strings(_ name: StaticString, _ tag: UInt32, _ value: inout [[UInt8]]) throws(AgentError) {
    if writes(tag, value) { return }
    if try take(name, tag, .delimited, isList: true) { try append(to: &value) }
  }

  /// Where to record the fields that a message holds, cut to what matters (`Limits.argument`), as protobuf; nil to read them.
  final var out: ByteBuffer?

  /// The current field: its name, and whether the message has taken it.
  private var name: [UInt8] = []
  fileprivate final var isTaken: Bool { takenName != nil }
  private var takenName: StaticString?
  /// Bit `tag` is set for each field that has arrived by name.
  private var seen: UInt64 = 0
  /// Fields so far, plus the elements of lists that arrive as one field.
  private var fieldCount = 0

  /// Offers the next field, by its name in forms that have names.
  fileprivate final func offer(_ name: [UInt8], _ offer: Offer) throws(AgentError) {
    self.name = name
    takenName = nil
    do throws(AgentError) { try offer(self) } catch {
      guard let takenName else { throw error }
      throw error.during(takenName)
    }
  }

  /// Counts what costs memory or time.
  fileprivate final func count() throws(AgentError) {
    fieldCount += 1
    if fieldCount > Limits.callFields { throw .invalid("too many fields in one call") }
  }

  /// Marks the current field as known, so that errors name it.
  fileprivate final func mark(_ name: StaticString) throws(AgentError) {
    takenName = name
    try count()
  }

  /// Whether the current field is this one and has a value; if so, takes it. This version goes by name, and refuses repeated fields.
  fileprivate func take(
    _ name: StaticString, _ tag: UInt32, _ wire: WireType, isList: Bool = false
  ) throws(AgentError) -> Bool {
    guard !isTaken, self.name.matches(name) else { return false }
    try mark(name)
    let bit: UInt64 = 1 << UInt64(tag)
    if seen & bit != 0, !(isList && repeatsLists) { throw .invalid("a field is given twice") }
    seen |= bit
    return true
  }

  /// Whether each element of a list arrives as a separate field.
  fileprivate var repeatsLists: Bool { false }
  /// Offers every field that has arrived.
  fileprivate func read(_ offer: Offer) throws(AgentError) {}
  // The current value.
  fileprivate func text() throws(AgentError) -> [UInt8] { [] }
  fileprivate func flag() throws(AgentError) -> Bool { false }
  fileprivate func number() throws(AgentError) -> UInt64? { nil }
  fileprivate func append(to list: inout [[UInt8]]) throws(AgentError) { list.append(try text()) }
  /// From hex, in the forms without a bytes type.
  fileprivate func data() throws(AgentError) -> [UInt8] {
    let text = try text()
    guard let data = Hex.decode(text.hasPrefix("0x") ? text[2...] : text[...]) else {
      throw .invalid("a bytes field is not hex")
    }
    return data
  }
}

/// Fields of a JSON object. `bytes` are hex strings, in either case, with or without `0x`; numbers may be quoted, as in protobuf's own
/// JSON; `null` means absent.
final class JSONFieldReader: FieldReader {
  private var reader: JSONReader

  init(_ body: [UInt8]) { reader = JSONReader(body) }

  fileprivate override func read(_ offer: Offer) throws(AgentError) {
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      try self.offer(name, offer)
      if !isTaken {
        try count()
        try reader.skip()
      }
    }
    try reader.end()
  }

  fileprivate override func take(
    _ name: StaticString, _ tag: UInt32, _ wire: WireType, isList: Bool
  ) throws(AgentError) -> Bool {
    guard try super.take(name, tag, wire, isList: isList) else { return false }
    return try !reader.null()
  }

  fileprivate override func text() throws(AgentError) -> [UInt8] { try reader.string() }
  fileprivate override func flag() throws(AgentError) -> Bool { try reader.bool() }
  fileprivate override func number() throws(AgentError) -> UInt64? { try reader.quotableUnsigned() }
  fileprivate override func append(to list: inout [[UInt8]]) throws(AgentError) {
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) {
      try count()
      list.append(try reader.string())
    }
  }
}

/// Fields of a query string. Lists are written `name[0]=…&name[1]=…`, in the order of the numbers, or `name[]=…`.
final class QueryFieldReader: FieldReader {
  /// `value` is nil if the brackets do not hold a number, which is an error only for a field that reads it.
  private var pairs: [(name: [UInt8], index: UInt64?, value: [UInt8]?)] = []
  private var current = 0

  init(_ query: [UInt8]) throws(AgentError) {
    super.init()
    guard let decoded = FormEncoding.pairs(query) else { throw .invalid("malformed query string") }
    // each may have to be moved behind all others
    if decoded.count > Limits.queryPairs { throw .invalid("too many fields in one call") }
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

  /// Inserts in the order of the numbers, and of arrival where they are equal.
  private func insert(_ pair: (name: [UInt8], index: UInt64?, value: [UInt8]?)) {
    var place = pairs.count
    while place > 0, pairs[place - 1].index ?? 0 > pair.index ?? 0 { place -= 1 }
    pairs.insert(pair, at: place)
  }

  fileprivate override func read(_ offer: Offer) throws(AgentError) {
    for index in pairs.indices {
      current = index
      try self.offer(pairs[index].name, offer)
    }
  }

  fileprivate override var repeatsLists: Bool { true }

  fileprivate override func text() throws(AgentError) -> [UInt8] {
    guard pairs[current].index == nil, let value = pairs[current].value else {
      throw .invalid("a list was given for a field that takes one value")
    }
    return value
  }

  fileprivate override func flag() throws(AgentError) -> Bool {
    let text = try text()
    if text.matches("true") || text.matches("1") { return true }
    if text.matches("false") || text.matches("0") { return false }
    throw .invalid("expected true or false in the query")
  }

  fileprivate override func number() throws(AgentError) -> UInt64? {
    guard let number = parseDecimal(try text()) else { throw .invalid("expected an unsigned 64-bit integer in the query") }
    return number
  }

  fileprivate override func append(to list: inout [[UInt8]]) throws(AgentError) {
    guard let element = pairs[current].value else { throw .invalid("malformed query string") }
    list.append(element)
  }
}

/// Fields of a protobuf message (proto3): if a single field is given twice, the last counts; unknown fields are skipped.
final class ProtobufFieldReader: FieldReader {
  private var reader: ProtobufReader
  private var tag: UInt32 = 0
  private var wire = ProtobufReader.WireType.varint

  /// Whether strings are taken without checking that they are UTF-8.
  private let isOurs: Bool

  /// `isOurs` for what a child has recorded, where a string may be cut inside a character.
  init(_ body: [UInt8], isOurs: Bool = false) {
    reader = ProtobufReader(body)
    self.isOurs = isOurs
  }

  fileprivate override func read(_ offer: Offer) throws(AgentError) {
    while let (tag, wire) = try reader.key() {
      self.tag = tag
      self.wire = wire
      try self.offer([], offer)
      if !isTaken {
        try count()
        try reader.skip(wire)
      }
    }
  }

  fileprivate override func take(
    _ name: StaticString, _ tag: UInt32, _ wire: WireType, isList: Bool
  ) throws(AgentError) -> Bool {
    guard !isTaken, self.tag == tag else { return false }
    try mark(name)
    guard self.wire == wire else { throw .invalid("a protobuf field has the wrong wire type") }
    return true
  }

  fileprivate override func text() throws(AgentError) -> [UInt8] {
    let text = try reader.delimited()
    guard isOurs || UTF8Text.isValid(text) else { throw .invalid("a protobuf string is not UTF-8") }
    return Array(text)
  }

  fileprivate override func data() throws(AgentError) -> [UInt8] { try Array(reader.delimited()) }
  fileprivate override func flag() throws(AgentError) -> Bool { try reader.varint() != 0 }
  fileprivate override func number() throws(AgentError) -> UInt64? { try reader.varint() }
}
