@testable import agent

/// A message with a field of every kind, in and out.
struct Message: RequestMessage, ReplyMessage, Equatable {
  var name: [UInt8] = []
  var data: [UInt8] = []
  var flag = false
  var limit: UInt64?
  var names: [[UInt8]] = []
  static var hasNoFields: Bool { false }

  mutating func read(_ fields: FieldReader) throws(AgentError) {
    try fields.string("name", 1, &name)
    try fields.bytes("data", 2, &data)
    try fields.bool("flag", 3, &flag)
    try fields.optional("limit", 4, &limit)
    try fields.strings("names", 17, &names)
  }

  /// Without `limit`: no reply has an optional field.
  func write(_ fields: FieldWriter) {
    fields.string("name", 1, name)
    fields.bytes("data", 2, data)
    fields.bool("flag", 3, flag)
    fields.strings("names", 17, names)
  }
}

func fuzzJSONMessage(_ input: [UInt8]) {
  roundTrip { () throws(AgentError) in JSONFieldReader(input) }
}

func fuzzQueryMessage(_ input: [UInt8]) {
  roundTrip { () throws(AgentError) in try QueryFieldReader(input) }
}

func fuzzProtobufMessage(_ input: [UInt8]) {
  roundTrip { () throws(AgentError) in ProtobufFieldReader(input) }
}

/// A message that was read can be written in both forms and read again.
private func roundTrip(_ reader: () throws(AgentError) -> FieldReader) {
  attempt { () throws(AgentError) in
    var message = Message()
    try reader().fill(&message)
    message.limit = nil
    let (json, protobuf) = (ByteBuffer(), ByteBuffer())
    JSONFieldWriter(json).write(message)
    ProtobufFieldWriter(protobuf).write(message)
    var (one, two) = (Message(), Message())
    let isRead = attempt { () throws(AgentError) in
      try JSONFieldReader(json.storage).fill(&one)
      try ProtobufFieldReader(protobuf.storage).fill(&two)
    }
    check(isRead && one == message && two == message, "what was written is read as the same message")
  }
}
