import Testing

@testable import agent

struct FieldWriterTests {
  private static func reply() throws -> EveryReply {
    EveryReply(
      name: bytes("a\"é"), data: [0, 0xff], flag: true, names: [bytes("x"), [], bytes("y")], chain: [[1], [], [2, 3]],
      key: try secret("00ab"),
      pem: try Secret(copying: bytes("P\nQ")))
  }

  private static func empty() throws -> EveryReply { EveryReply(key: try secret("01"), pem: try secret("41")) }

  @Test func json() throws {
    let out = ByteBuffer()
    JSONFieldWriter(out).write(try Self.reply())
    let expected = """
      {"name":"a\\"\\u00e9","data":"00ff","flag":true,"names":["x","","y"],"chain":["01","","0203"],"key":"00ab","pem":"P\\nQ"}
      """
    #expect(out.storage == Array(expected.utf8))
  }

  /// Every field is there, whatever its value.
  @Test func jsonDefaults() throws {
    let out = ByteBuffer()
    JSONFieldWriter(out).write(try Self.empty())
    #expect(out.storage == bytes(#"{"name":"","data":"","flag":false,"names":[],"chain":[],"key":"01","pem":"A"}"#))
  }

  @Test func protobuf() throws {
    let out = ByteBuffer()
    ProtobufFieldWriter(out).write(try Self.reply())
    let expected = """
      0a 04 6122c3a9  12 02 00ff  18 01  8a01 01 78  8a01 00  8a01 01 79  9201 01 01  9201 00  9201 02 0203
      9a01 02 00ab  a201 03 500a51
      """
    #expect(out.storage == octets(expected))
  }

  /// Fields at their default are left out.
  @Test func protobufDefaults() throws {
    let out = ByteBuffer()
    ProtobufFieldWriter(out).write(try Self.empty())
    #expect(out.storage == octets("9a01 01 01  a201 01 41"))
  }

  @Test func longFields() throws {
    let out = ByteBuffer()
    ProtobufFieldWriter(out).write(
      EveryReply(data: [UInt8](repeating: 7, count: 300), key: try secret("01"), pem: try secret("41")))
    #expect(Array(out.storage.prefix(3)) == octets("12 ac02"))
    var message = EveryField()
    try ProtobufFieldReader(out.storage).fill(&message)
    #expect(message == EveryField(data: [UInt8](repeating: 7, count: 300)))
  }

  /// A list of messages with lists and numbers.
  private struct Nested: ReplyMessage {
    func write(_ fields: FieldWriter) {
      fields.number("n", 1, 300)
      fields.number("zero", 2, 0)
      fields.messages("list", 17, count: 2) { index, fields in
        fields.number("i", 1, UInt64(index))
        fields.messages("inner", 2, count: index) { _, fields in fields.string("s", 1, bytes("x")) }
      }
      fields.messages("none", 18, count: 0) { _, _ in }
    }
  }

  @Test func nestedMessages() {
    let json = ByteBuffer()
    JSONFieldWriter(json).write(Nested())
    #expect(json.storage == bytes(#"{"n":300,"zero":0,"list":[{"i":0,"inner":[]},{"i":1,"inner":[{"s":"x"}]}],"none":[]}"#))
    let binary = ByteBuffer()
    ProtobufFieldWriter(binary).write(Nested())
    #expect(binary.storage == octets("08 ac02  8a01 00  8a01 07 0801 1203 0a0178"))
  }

  @Test func theLargestNumber() {
    struct Largest: ReplyMessage {
      func write(_ fields: FieldWriter) { fields.number("n", 1, UInt64.max) }
    }
    let json = ByteBuffer()
    JSONFieldWriter(json).write(Largest())
    #expect(json.storage == bytes(#"{"n":18446744073709551615}"#))
  }
}
