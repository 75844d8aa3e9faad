/// Distinguished Encoding Rules (X.690): writes and reads the few types that keys and certificates are made of.
enum DER {
  static let boolean: UInt8 = 0x01
  static let integer: UInt8 = 0x02
  static let bitString: UInt8 = 0x03
  static let octetString: UInt8 = 0x04
  static let objectIdentifier: UInt8 = 0x06
  static let utf8String: UInt8 = 0x0c
  static let utcTime: UInt8 = 0x17
  static let generalizedTime: UInt8 = 0x18
  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31

  /// The context-specific tags [0]…[30].
  static func context(_ number: UInt8, constructed: Bool) -> UInt8 { number | (constructed ? 0xa0 : 0x80) }

  // MARK: - Writing

  /// Tag, length in its shortest form, and the content's parts one after the other.
  static func element(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
    let count = content.reduce(0) { $0 + $1.count }
    var out = [tag]
    out.reserveCapacity(count + 6)
    if count < 0x80 {
      out.append(UInt8(truncatingIfNeeded: count))
    } else {
      let width = (Int.bitWidth - count.leadingZeroBitCount + 7) / 8
      out.append(0x80 | UInt8(truncatingIfNeeded: width))
      for place in (0..<width).reversed() { out.append(UInt8(truncatingIfNeeded: count >> (8 * place))) }
    }
    for part in content { out.append(contentsOf: part) }
    return out
  }

  static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(sequence, joined(parts)) }

  /// An INTEGER of big-endian digits without a sign.
  static func unsigned(_ digits: some Collection<UInt8>) -> [UInt8] {
    let digits = digits.drop { $0 == 0 }
    let sign: [UInt8] = if let first = digits.first, first < 0x80 { [] } else { [0] }
    return element(integer, sign, Array(digits))
  }

  /// A BIT STRING of whole bytes.
  static func bits(_ content: [UInt8]) -> [UInt8] { element(bitString, [0], content) }

  static func joined(_ parts: [[UInt8]]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts { out.append(contentsOf: part) }
    return out
  }

  // MARK: - Reading

  // The source may be locked memory, so what is read is a range of it, and nothing is copied but what the caller asks for.

  /// The tag that `rest` starts with; nil at its end.
  static func tag(_ source: ByteSource, _ rest: Range<Int>) -> UInt8? {
    rest.isEmpty ? nil : source[rest.lowerBound]
  }

  /// Takes an element with this tag off the front of `rest` and tells where its content lies. Throws `.invalid` for another tag, for
  /// a length that is not in its shortest form and for one that reaches beyond `rest`, which must lie within `source`.
  static func take(
    _ tag: UInt8, _ source: ByteSource, _ rest: inout Range<Int>
  ) throws(AgentError) -> Range<Int> {
    guard rest.count >= 2, source[rest.lowerBound] == tag else { throw malformed }
    var start = rest.lowerBound + 2
    var count = Int(source[rest.lowerBound + 1])
    if count >= 0x80 {
      let width = count & 0x7f
      guard width >= 1, width <= 4, width <= rest.upperBound - start else { throw malformed }
      count = 0
      for place in 0..<width { count = count << 8 | Int(source[start + place]) }
      guard count >= 0x80, count >> (8 * (width - 1)) != 0 else { throw malformed }
      start += width
    }
    guard count <= rest.upperBound - start else { throw malformed }
    rest = start + count..<rest.upperBound
    return start..<start + count
  }

  /// As `take`, where nothing may follow the element.
  static func only(
    _ tag: UInt8, _ source: ByteSource, _ range: Range<Int>
  ) throws(AgentError) -> Range<Int> {
    var rest = range
    let content = try take(tag, source, &rest)
    guard rest.isEmpty else { throw malformed }
    return content
  }

  /// Takes an element with whatever tag off the front of `rest`. The range includes its tag and length.
  static func takeAny(
    _ source: ByteSource, _ rest: inout Range<Int>
  ) throws(AgentError) -> Range<Int> {
    let start = rest.lowerBound
    guard let tag = tag(source, rest) else { throw malformed }
    return start..<(try take(tag, source, &rest)).upperBound
  }

  /// Whether a range holds these bytes.
  static func matches(
    _ source: ByteSource, _ range: Range<Int>, _ expected: [UInt8]
  ) -> Bool {
    guard range.count == expected.count else { return false }
    for offset in 0..<expected.count where source[range.lowerBound + offset] != expected[offset] { return false }
    return true
  }

  static var malformed: AgentError { .invalid("malformed DER") }
}
