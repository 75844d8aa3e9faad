/// The protobuf wire format: a reader of fields, and what a writer needs.
struct ProtobufReader {
  enum WireType: UInt32 { case varint = 0, fixed64 = 1, delimited = 2, fixed32 = 5 }

  private let data: [UInt8]
  private var position = 0

  init(_ data: [UInt8]) { self.data = data }

  /// The next field's number, 1 to 2^29 − 1, and wire type; nil at the end. Groups are refused.
  mutating func key() throws(AgentError) -> (UInt32, WireType)? {
    if position == data.count { return nil }
    guard let key = UInt32(exactly: try varint()), let wire = WireType(rawValue: key & 7), key >> 3 != 0 else {
      throw malformed()
    }
    return (key >> 3, wire)
  }

  /// An unsigned 64-bit number of at most 10 bytes.
  mutating func varint() throws(AgentError) -> UInt64 {
    var value: UInt64 = 0
    for shift: UInt64 in stride(from: 0, to: 70, by: 7) {
      guard position < data.count else { throw malformed() }
      let byte = data[position]
      position += 1
      if shift == 63, byte > 1 { throw malformed() }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw malformed()
  }

  /// The content of a length-delimited field.
  mutating func delimited() throws(AgentError) -> ArraySlice<UInt8> {
    guard let length = Int(exactly: try varint()), length <= data.count - position else { throw malformed() }
    position += length
    return data[(position - length)..<position]
  }

  mutating func skip(_ wire: WireType) throws(AgentError) {
    switch wire {
    case .varint: _ = try varint()
    case .delimited: _ = try delimited()
    case .fixed64: try advance(8)
    case .fixed32: try advance(4)
    }
  }

  private mutating func advance(_ count: Int) throws(AgentError) {
    guard count <= data.count - position else { throw malformed() }
    position += count
  }

  private func malformed() -> AgentError { .invalid("malformed protobuf message") }
}

extension ByteBuffer {
  /// A base-128 varint.
  func appendVarint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  func appendKey(_ tag: UInt32, _ wire: ProtobufReader.WireType) { appendVarint(UInt64(tag << 3 | wire.rawValue)) }
}
