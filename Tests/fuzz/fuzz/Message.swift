@testable import agent

/// A message with a field of every kind, in and out.
struct Message: RequestMessage, ReplyMessage, Equatable {
  var name: [UInt8] = []
  var data: [UInt8] = []
  var flag = false
  var limit: UInt64?
  var names: [[UInt8]] = []

  mutating func read(_ fields: FieldReader) throws(AgentError) {
    try fields.string("name", 1, &name)
    try fields.bytes("data", 2, &data)
    try fields.bool("flag", 3, &flag)
    try fields.optional("limit", 4, &limit)
    try fields.strings("names", 17, &names)
  }

  /// All but `limit`: no reply has an optional field.
  func write(_ fields: FieldWriter) {
    fields.string("name", 1, name)
    fields.bytes("data", 2, data)
    fields.bool("flag", 3, flag)
    fields.strings("names", 17, names)
  }

  /// Writes the message in both forms and reads it back.
  func checkRoundTrips() {
    var expected = self
    expected.limit = nil
    let json = ByteBuffer()
    JSONFieldWriter(json).write(self)
    let protobuf = ByteBuffer()
    ProtobufFieldWriter(protobuf).write(self)
    do throws(AgentError) {
      var copy = Message()
      try JSONFieldReader(json.storage).fill(&copy)
      check(copy == expected, "JSON gives back the message")
      copy = Message()
      try ProtobufFieldReader(protobuf.storage).fill(&copy)
      check(copy == expected, "protobuf gives back the message")
    } catch {
      check(false, "what was written can be read")
    }
  }
}
