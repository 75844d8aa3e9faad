@testable import agent

/// A request with a field of every kind.
struct EveryField: RequestMessage, Equatable {
  var name: [UInt8] = []
  var data: [UInt8] = []
  var flag = false
  var limit: UInt64?
  var names: [[UInt8]] = []

  init() {}

  init(name: String = "", data: [UInt8] = [], flag: Bool = false, limit: UInt64? = nil, names: [String] = []) {
    self.name = Array(name.utf8)
    self.data = data
    self.flag = flag
    self.limit = limit
    self.names = names.map { Array($0.utf8) }
  }

  mutating func read(_ fields: FieldReader) throws(AgentError) {
    try fields.string("name", 1, &name)
    try fields.bytes("data", 2, &data)
    try fields.bool("flag", 3, &flag)
    try fields.optional("limit", 4, &limit)
    try fields.strings("names", 17, &names)
  }
}

/// A reply with a field of every kind.
struct EveryReply: ReplyMessage, ~Copyable {
  var name: [UInt8] = []
  var data: [UInt8] = []
  var flag = false
  var names: [[UInt8]] = []
  var chain: [[UInt8]] = []
  let key: Secret
  let pem: Secret

  borrowing func write(_ fields: FieldWriter) {
    fields.string("name", 1, name)
    fields.bytes("data", 2, data)
    fields.bool("flag", 3, flag)
    fields.strings("names", 17, names)
    fields.bytesList("chain", 18, chain)
    fields.secretBytes("key", 19, key)
    fields.secretString("pem", 20, pem)
  }
}
