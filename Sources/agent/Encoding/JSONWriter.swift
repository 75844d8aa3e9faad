/// Writes RFC 8259 text in ASCII only: the JavaScript SDK waits for the end of the connection when an answer holds a byte above 0x7f.
final class JSONWriter {
  let out: ByteBuffer
  private var needsComma = false

  @inline(never)
  init(_ out: ByteBuffer = ByteBuffer()) { self.out = out }

  /// The text of an object.
  static func document(_ members: (JSONWriter) -> Void) -> ByteBuffer {
    let json = JSONWriter()
    json.object(members)
    return json.out
  }

  func object(_ members: (JSONWriter) -> Void) {
    beginObject()
    members(self)
    endObject()
  }

  func beginObject() { open(UInt8(ascii: "{")) }

  func endObject() { close(UInt8(ascii: "}")) }

  func array(_ elements: (JSONWriter) -> Void) {
    beginArray()
    elements(self)
    endArray()
  }

  func beginArray() { open(UInt8(ascii: "[")) }

  func endArray() { close(UInt8(ascii: "]")) }

  /// A member's name; its value must follow. `name` needs no escapes.
  @discardableResult
  func name(_ name: StaticString) -> JSONWriter {
    separate()
    out.append(UInt8(ascii: "\""))
    out.append(name)
    out.append("\":")
    needsComma = false
    return self
  }

  /// A member's name that is known only at run time, UTF-8; its value must follow.
  @discardableResult
  func name(_ name: [UInt8]) -> JSONWriter {
    string(name)
    out.append(UInt8(ascii: ":"))
    needsComma = false
    return self
  }

  /// A string whose inside `write` writes, already escaped.
  func string(_ write: (ByteBuffer) -> Void) {
    separate()
    out.append(UInt8(ascii: "\""))
    write(out)
    out.append(UInt8(ascii: "\""))
  }

  func string(_ utf8: [UInt8]) {
    string { out in
      var escaper = JSONEscaper()
      escaper.write(utf8[...], to: out)
      escaper.finish(to: out)
    }
  }

  func string(_ text: StaticString) { string(bytes(text)) }

  /// A long string, of text or of hex; nil is empty.
  func string(_ body: BodyReader?, _ form: EscapedBody.Form) {
    string { out in
      if let body { out.insert(EscapedBody(body, form)) }
    }
  }

  /// A secret string: no copy of it is made on the way.
  func secretString(_ text: ByteSource) {
    string { out in
      var escaper = JSONEscaper()
      for offset in 0..<text.count { escaper.write(text[offset], to: out) }
      escaper.finish(to: out)
    }
  }

  /// A string of two lower-case hex digits per byte.
  func hex(_ data: [UInt8]) { string { $0.appendHex(data) } }

  func number<Number: BinaryInteger>(_ number: Number) {
    separate()
    if number < 0 { out.append(UInt8(ascii: "-")) }
    out.appendDecimal(UInt64(number.magnitude))
  }

  func bool(_ value: Bool) {
    separate()
    out.append(value ? "true" : "false")
  }

  func null() {
    separate()
    out.append("null")
  }

  // a name and its value in one call, for the many callers that write both

  /// A member that is a string of UTF-8.
  @inline(never)
  func string(_ name: StaticString, _ utf8: [UInt8]) { self.name(name).string(utf8) }

  /// A member that is a string of hex digits.
  @inline(never)
  func hex(_ name: StaticString, _ data: [UInt8]) { self.name(name).hex(data) }

  /// A member that is a number.
  @inline(never)
  func number(_ name: StaticString, _ number: UInt64) { self.name(name).number(number) }

  /// A member that is `true` or `false`.
  @inline(never)
  func bool(_ name: StaticString, _ value: Bool) { self.name(name).bool(value) }

  /// A member that is a secret string.
  @inline(never)
  func secretString(_ name: StaticString, _ text: ByteSource) { self.name(name).secretString(text) }

  private func open(_ bracket: UInt8) {
    separate()
    out.append(bracket)
    needsComma = false
  }

  private func close(_ bracket: UInt8) {
    out.append(bracket)
    needsComma = true
  }

  private func separate() {
    if needsComma { out.append(UInt8(ascii: ",")) }
    needsComma = true
  }
}

/// Escapes the inside of a JSON string, from pieces of UTF-8. What is not UTF-8 becomes U+FFFD.
struct JSONEscaper {
  private var scalars = UTF8Scalars()

  mutating func write(_ byte: UInt8, to out: ByteBuffer) {
    // every digit of a key takes this path
    if scalars.isComplete, UTF8Scalars.isPlain(byte) { return out.append(byte) }
    scalars.take(byte) { Self.put($0, to: out) }
  }

  /// A piece of the text; runs that need no escapes are copied whole.
  mutating func write(_ text: ArraySlice<UInt8>, to out: ByteBuffer) {
    scalars.take(text, run: { out.append($0) }) { Self.put($0, to: out) }
  }

  /// At the end of the text: an unfinished sequence counts as one U+FFFD.
  mutating func finish(to out: ByteBuffer) { scalars.finish { Self.put($0, to: out) } }

  private static func put(_ scalar: UInt32, to out: ByteBuffer) {
    switch scalar {
    case 0x22, 0x5c:
      out.append(UInt8(ascii: "\\"))
      out.append(UInt8(truncatingIfNeeded: scalar))
    case 0x20..<0x7f: out.append(UInt8(truncatingIfNeeded: scalar))
    case 0x0a: out.append("\\n")
    case 0x0d: out.append("\\r")
    case 0x09: out.append("\\t")
    case 0x10000...:
      escape(0xd800 + (scalar - 0x10000) >> 10, to: out)
      escape(0xdc00 + scalar & 0x3ff, to: out)
    default: escape(scalar, to: out)
    }
  }

  private static func escape(_ unit: UInt32, to out: ByteBuffer) {
    out.append("\\u")
    for shift: UInt32 in [12, 8, 4, 0] { out.append(Hex.digit(UInt8(truncatingIfNeeded: unit >> shift) & 15)) }
  }
}
