/// Writes a message's fields. Each form is a subclass and overrides what differs.
class FieldWriter {
  /// Writes a whole message.
  final func write<Message: ReplyMessage & ~Copyable>(_ message: borrowing Message) {
    message.write(self)
    finish()
  }

  /// Called after the last field.
  func finish() {}
  func string(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) { bytes(name, tag, value) }
  func bytes(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {}
  /// Values that may be long; nil is empty.
  func text(_ name: StaticString, _ tag: UInt32, _ value: BodyReader?) { content(name, tag, value) }
  func texts(_ name: StaticString, _ tag: UInt32, _ value: [BodyReader]) {}
  func content(_ name: StaticString, _ tag: UInt32, _ value: BodyReader?) {}
  func bool(_ name: StaticString, _ tag: UInt32, _ value: Bool) { number(name, tag, value ? 1 : 0) }
  /// Any integer kind; no negative values.
  func number(_ name: StaticString, _ tag: UInt32, _ value: UInt64) {}
  /// A field with presence that is not set: `null` in JSON.
  func unset(_ name: StaticString, _ tag: UInt32) {}
  func strings(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) { bytesList(name, tag, value) }
  func bytesList(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {}
  /// A list of messages: `write` writes the fields of the one at the given index.
  func messages(_ name: StaticString, _ tag: UInt32, count: Int, _ write: (Int, FieldWriter) -> Void) {}
  /// A `string` field that is a key, ASCII.
  func secretString(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) { secretBytes(name, tag, value) }
  /// A `bytes` field that is a key.
  func secretBytes(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {}
}

/// A JSON object with every field, even at its default. `bytes` are lower-case hex.
final class JSONFieldWriter: FieldWriter {
  private let json: JSONWriter

  init(_ out: ByteBuffer) {
    json = JSONWriter(out)
    json.beginObject()
  }

  override func finish() { json.endObject() }
  override func string(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) { json.string(name, value) }
  override func bytes(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) { json.hex(name, value) }
  override func text(_ name: StaticString, _ tag: UInt32, _ value: BodyReader?) { json.name(name).string(value, .json) }
  override func content(_ name: StaticString, _ tag: UInt32, _ value: BodyReader?) { json.name(name).string(value, .hex) }
  override func texts(_ name: StaticString, _ tag: UInt32, _ value: [BodyReader]) {
    json.name(name).array { for element in value { $0.string(element, .json) } }
  }
  override func bool(_ name: StaticString, _ tag: UInt32, _ value: Bool) { json.bool(name, value) }
  override func number(_ name: StaticString, _ tag: UInt32, _ value: UInt64) { json.number(name, value) }
  override func unset(_ name: StaticString, _ tag: UInt32) { json.name(name).null() }
  override func strings(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {
    json.name(name).array { for element in value { $0.string(element) } }
  }
  override func bytesList(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {
    json.name(name).array { for element in value { $0.hex(element) } }
  }
  override func messages(_ name: StaticString, _ tag: UInt32, count: Int, _ write: (Int, FieldWriter) -> Void) {
    json.name(name).array { json in
      for index in 0..<count { json.object { _ in write(index, self) } }
    }
  }
  override func secretString(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {
    json.name(name).secretString(value.source)
  }
  override func secretBytes(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) { json.hex(name, value) }
}

/// A protobuf message without fields at their default, as in proto3.
final class ProtobufFieldWriter: FieldWriter {
  private let out: ByteBuffer

  init(_ out: ByteBuffer) { self.out = out }

  override func content(_ name: StaticString, _ tag: UInt32, _ value: BodyReader?) {
    if let value, value.remaining > 0 { texts(name, tag, [value]) }
  }

  override func texts(_ name: StaticString, _ tag: UInt32, _ value: [BodyReader]) {
    for element in value {
      out.appendKey(tag, .delimited)
      out.appendVarint(UInt64(element.remaining))
      out.insert(element)
    }
  }

  override func bytes(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {
    if !value.isEmpty { delimited(tag, value) }
  }

  override func number(_ name: StaticString, _ tag: UInt32, _ value: UInt64) {
    if value == 0 { return }
    out.appendKey(tag, .varint)
    out.appendVarint(value)
  }

  override func bytesList(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {
    for element in value { delimited(tag, element) }
  }

  override func messages(_ name: StaticString, _ tag: UInt32, count: Int, _ write: (Int, FieldWriter) -> Void) {
    for index in 0..<count {
      let message = ByteBuffer()
      write(index, ProtobufFieldWriter(message))
      delimited(tag, message.storage)
    }
  }

  override func secretBytes(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {
    out.appendKey(tag, .delimited)
    out.appendVarint(UInt64(value.count))
    for offset in 0..<value.count { out.append(value[offset]) }
  }

  private func delimited(_ tag: UInt32, _ value: [UInt8]) {
    out.appendKey(tag, .delimited)
    out.appendVarint(UInt64(value.count))
    out.append(value)
  }
}
