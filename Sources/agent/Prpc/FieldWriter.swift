/// Writes a message's fields. The subclasses are the forms.
class FieldWriter {
  /// Writes a whole message.
  final func write<Message: ReplyMessage & ~Copyable>(_ message: borrowing Message) {
    message.write(self)
    finish()
  }

  /// Behind the last field.
  func finish() {}
  func string(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {}
  func bytes(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {}
  func bool(_ name: StaticString, _ tag: UInt32, _ value: Bool) {}
  func strings(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {}
  func bytesList(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {}
  /// A `bytes` field that is a key.
  func secretBytes(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {}
  /// A `string` field that is a key, ASCII.
  func secretString(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {}
}

/// A JSON object that has every field, whatever its value. `bytes` are lower-case hex.
final class JSONFieldWriter: FieldWriter {
  private var json: JSONWriter

  init(_ out: ByteBuffer) {
    json = JSONWriter(out)
    json.beginObject()
  }

  override func finish() { json.endObject() }

  override func string(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {
    json.name(name)
    json.string(value)
  }

  override func bytes(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {
    json.name(name)
    json.hex(value)
  }

  override func bool(_ name: StaticString, _ tag: UInt32, _ value: Bool) {
    json.name(name)
    json.bool(value)
  }

  override func strings(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {
    json.name(name)
    json.array { json in
      for element in value { json.string(element) }
    }
  }

  override func bytesList(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {
    json.name(name)
    json.array { json in
      for element in value { json.hex(element) }
    }
  }

  override func secretBytes(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {
    json.name(name)
    json.hex(value.source)
  }

  override func secretString(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {
    json.name(name)
    json.secretString(value.source)
  }
}

/// A protobuf message; fields at their default are left out, as proto3 wants.
final class ProtobufFieldWriter: FieldWriter {
  private let out: ByteBuffer

  init(_ out: ByteBuffer) { self.out = out }

  override func string(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {
    if !value.isEmpty { delimited(tag, value) }
  }

  override func bytes(_ name: StaticString, _ tag: UInt32, _ value: [UInt8]) {
    if !value.isEmpty { delimited(tag, value) }
  }

  override func bool(_ name: StaticString, _ tag: UInt32, _ value: Bool) {
    guard value else { return }
    out.appendKey(tag, .varint)
    out.appendVarint(1)
  }

  override func strings(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) { bytesList(name, tag, value) }

  override func bytesList(_ name: StaticString, _ tag: UInt32, _ value: [[UInt8]]) {
    for element in value { delimited(tag, element) }
  }

  override func secretBytes(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) {
    out.appendKey(tag, .delimited)
    out.appendVarint(UInt64(value.count))
    for offset in 0..<value.count { out.append(value[offset]) }
  }

  override func secretString(_ name: StaticString, _ tag: UInt32, _ value: borrowing Secret) { secretBytes(name, tag, value) }

  private func delimited(_ tag: UInt32, _ value: [UInt8]) {
    out.appendKey(tag, .delimited)
    out.appendVarint(UInt64(value.count))
    out.append(value)
  }
}
