@testable import agent

/// What is read value by value can be skipped as well. Messages that are read are written and read again.
func fuzzJSON(_ input: [UInt8]) {
  let isSkipped = attempt { () throws(AgentError) in
    var reader = JSONReader(input)
    try reader.skip()
    try reader.end()
  }
  let isUsed = attempt { () throws(AgentError) in
    var reader = JSONReader(input)
    try read(&reader)
    try reader.end()
  }
  check(isSkipped || !isUsed, "what can be used can be skipped")
  fill { (message: inout Message) throws(AgentError) in
    try JSONFieldReader(input).fill(&message)
  }?.checkRoundTrips()
  fill { (message: inout GetTlsKey.Arguments) throws(AgentError) in
    try JSONFieldReader(input).fill(&message)
  }
  fill { (message: inout Verify.Arguments) throws(AgentError) in
    try JSONFieldReader(input).fill(&message)
  }
}

private func read(_ reader: inout JSONReader) throws(AgentError) {
  switch reader.peek() {
  case UInt8(ascii: "{"):
    var members = try reader.enterObject()
    while let name = try reader.nextMember(&members) {
      check(UTF8Text.isValid(name), "a name is UTF-8")
      try read(&reader)
    }
  case UInt8(ascii: "["):
    var elements = try reader.enterArray()
    while try reader.nextElement(&elements) { try read(&reader) }
  case UInt8(ascii: "\""):
    let text = try reader.string()
    check(UTF8Text.isValid(text), "a string is UTF-8")
    checkWriter(text, gives: text)
  case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try reader.bool()
  case UInt8(ascii: "1")...UInt8(ascii: "9"): _ = try reader.unsigned()
  case UInt8(ascii: "n"): if try !reader.null() { try reader.skip() }
  default: try reader.skip()
  }
}

func fuzzQuery(_ input: [UInt8]) {
  fill { (message: inout Message) throws(AgentError) in try QueryFieldReader(input).fill(&message) }?.checkRoundTrips()
  fill { (message: inout GetTlsKey.Arguments) throws(AgentError) in try QueryFieldReader(input).fill(&message) }
  fill { (message: inout Verify.Arguments) throws(AgentError) in try QueryFieldReader(input).fill(&message) }
}

func fuzzProtobuf(_ input: [UInt8]) {
  fill { (message: inout Message) throws(AgentError) in try ProtobufFieldReader(input).fill(&message) }?.checkRoundTrips()
  fill { (message: inout GetTlsKey.Arguments) throws(AgentError) in try ProtobufFieldReader(input).fill(&message) }
  fill { (message: inout Verify.Arguments) throws(AgentError) in try ProtobufFieldReader(input).fill(&message) }
}

/// A message, or nil if it is refused.
@discardableResult
private func fill<Content: RequestMessage>(_ read: (inout Content) throws(AgentError) -> Void) -> Content? {
  var message = Content()
  return attempt { () throws(AgentError) in try read(&message) } ? message : nil
}

/// Any bytes become a JSON string in ASCII; what is not UTF-8 becomes U+FFFD as in Swift's own decoder.
func fuzzJSONWriter(_ input: [UInt8]) {
  checkWriter(input, gives: Array(String(decoding: input, as: Unicode.UTF8.self).utf8))
}

private func checkWriter(_ text: [UInt8], gives expected: [UInt8]) {
  let out = ByteBuffer(capacity: 0)
  var json = JSONWriter(out)
  json.string(text)
  check(out.storage.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "JSON is ASCII")
  var reader = JSONReader(out.storage)
  let string = try? reader.string()
  check(string == expected && (try? reader.end()) != nil, "JSON gives back the text")
}

/// What is decoded is encoded again to the same text, up to what each form leaves open.
func fuzzEncodings(_ input: [UInt8]) {
  if let data = Hex.decode(input) { check(Hex.encode(data) == input.map(lowercased), "hex gives back its digits") }
  if let data = Base64.decode(input) { check(Base64.encode(data) == input, "base 64 gives back its digits") }
  check(Hex.decode(Hex.encode(input)) == input, "hex gives back its bytes")
  check(Base64.decode(Base64.encode(input)) == input, "base 64 gives back its bytes")
  let isText = String(validating: input, as: Unicode.UTF8.self) != nil
  check(UTF8Text.isValid(input) == isText, "UTF-8 is what Swift takes for it")
  if let plain = FormEncoding.decode(input[...], plusIsSpace: true) {
    check(plain.count <= input.count && UTF8Text.isValid(plain), "a form value is text")
  }
  if let number = parseDecimal(input) { check(parseDecimal(decimal(number)) == number, "a number is read as written") }
  if let address = IPAddress.parse(input) { check(address.count == 4 || address.count == 16, "an address has 4 or 16 bytes") }
}
