@testable import agent

/// What can be read value by value can also be skipped.
func fuzzJSONReader(_ input: [UInt8]) {
  let isUsed = attempt { () throws(AgentError) in
    var reader = JSONReader(input)
    try read(&reader)
    try reader.end()
  }
  check(isJSON(input) || !isUsed, "what can be used can be skipped")
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
  case UInt8(ascii: "\""): check(UTF8Text.isValid(try reader.string()), "a string is UTF-8")
  case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try reader.bool()
  case UInt8(ascii: "1")...UInt8(ascii: "9"): _ = try reader.unsigned()
  case UInt8(ascii: "n"): if try !reader.null() { try reader.skip() }
  default: try reader.skip()
  }
}

func isJSON(_ text: [UInt8]) -> Bool {
  attempt { () throws(AgentError) in
    var reader = JSONReader(text)
    try reader.skip()
    try reader.end()
  }
}

/// A member, read as every type that there is; most reads are refused.
func fuzzJSONObject(_ input: [UInt8]) {
  let asks: [(JSONObject) -> Void] = [
    { _ = $0.text("a") }, { _ = $0.secret("a") }, { _ = $0.flag("a") }, { _ = $0.number("a") }, { _ = $0.texts("a") },
    { _ = $0.hex("a") }, { _ = $0.hexList("a") }, { _ = $0.isText("a") }, { _ = $0.value("a") }, { _ = $0.key("a") },
    { _ = try? $0.pem("a") }, { _ = $0.object("a", foreign: "is foreign")?.number("a") }, { _ = $0.unasked() },
  ]
  for ask in asks {
    let object = JSONObject(input, foreign: "is foreign")
    ask(object)
    let isGood = attempt { () throws(AgentError) in try object.finish() }
    check(isJSON(input) || !isGood, "what is not JSON is refused")
  }
}

/// Any bytes become a JSON string in ASCII; what is not UTF-8 becomes U+FFFD, as in Swift's own decoder.
func fuzzJSONWriter(_ input: [UInt8]) {
  let out = ByteBuffer(capacity: 0)
  JSONWriter(out).string(input)
  check(out.storage.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "JSON is ASCII")
  var reader = JSONReader(out.storage)
  check((try? reader.string()) == repaired(input) && (try? reader.end()) != nil, "JSON gives back the text")
}

private func repaired(_ text: [UInt8]) -> [UInt8] { Array(String(decoding: text, as: Unicode.UTF8.self).utf8) }

func fuzzUTF8(_ input: [UInt8]) {
  let isText = String(validating: input, as: Unicode.UTF8.self) != nil
  check(UTF8Text.isValid(input) == isText, "UTF-8 is what Swift takes for it")
  var (whole, pieces): ([UInt8], [UInt8]) = ([], [])
  var repair = UTF8Repair()
  repair.write(input[...], to: &whole)
  repair.finish(to: &whole)
  for index in input.indices { repair.write(input[index...index], to: &pieces) }
  repair.finish(to: &pieces)
  check(whole == repaired(input), "text is repaired as Swift does it")
  check(whole == pieces, "text in pieces is the same text")
}

/// Of well-formed text.
func fuzzTerminalText(_ input: [UInt8]) {
  let text = repaired(input)
  let (whole, pieces) = (ByteBuffer(), ByteBuffer())
  var (atOnce, bytewise) = (TerminalText(), TerminalText())
  atOnce.write(text, to: whole)
  for byte in text { bytewise.write([byte], to: pieces) }
  check(whole.storage == pieces.storage, "text in pieces is the same text")
  checkSteersNothing(whole.storage)
}

func checkSteersNothing(_ text: [UInt8]) {
  check(text.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 9 || $0 == 10 || $0 == 13 }, "nothing steers a terminal")
}

/// Text on a page, or in a label of the metrics, cannot end either.
func fuzzPageText(_ input: [UInt8]) {
  let (html, label) = (ByteBuffer(), ByteBuffer())
  html.fill("~", [input])
  label.fill("~", [input], for: .label)
  check(UTF8Text.isValid(html.storage) && UTF8Text.isValid(label.storage), "what is shown is UTF-8")
  for special in "<>\"'".utf8 { check(!html.storage.contains(special), "HTML ends nothing that it is in") }
  check(html.storage.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 9 || $0 == 10 }, "HTML has no control characters")
  var isEscaped = false
  for byte in label.storage {
    check(isEscaped || byte != 0x22 && byte != 0x0a, "a label ends at its end")
    isEscaped = !isEscaped && byte == 0x5c
  }
  check(!isEscaped, "a label does not end in an escape")
}

func fuzzFormEncoding(_ input: [UInt8]) {
  for plusIsSpace in [false, true] {
    guard let plain = FormEncoding.decode(input[...], plusIsSpace: plusIsSpace) else { continue }
    check(plain.count <= input.count && UTF8Text.isValid(plain), "a value is text")
  }
  for (name, value) in FormEncoding.pairs(input) ?? [] {
    check(UTF8Text.isValid(name) && UTF8Text.isValid(value), "names and values are text")
  }
}

/// Hex, base 64 and decimal numbers: what is decoded encodes to the same text, and the other way round.
func fuzzDigits(_ input: [UInt8]) {
  if let data = Hex.decode(input) { check(Hex.encode(data) == input.map(lowercased), "hex gives back its digits") }
  if let data = Base64.decode(input) { check(Base64.encode(data) == input, "base 64 gives back its digits") }
  if let number = parseDecimal(input) { check(parseDecimal(decimal(number)) == number, "a number is read as written") }
  check(Hex.decode(Hex.encode(input)) == input, "hex gives back its bytes")
  attempt { () throws(AgentError) in
    let key = try Secret(hex: try Secret(copying: input))
    let out = ByteBuffer()
    out.appendHex(key)
    check(Hex.decode(input) != nil && out.storage == input.map(lowercased), "hex of a key is hex")
  }
  let text = Base64.encode(input)
  check(Base64.decode(text) == input, "base 64 gives back its bytes")
  let pieces = ByteBuffer()
  var stream = Base64Stream()
  for index in input.indices { stream.write(input[index...index], to: pieces) }
  stream.finish(to: pieces)
  check(pieces.storage == text, "base 64 in pieces is the same text")
}

func fuzzIPAddress(_ input: [UInt8]) {
  guard let address = IPAddress.parse(input) else { return }
  check(address.count == 4 || address.count == 16, "an address has 4 or 16 bytes")
  check(IPAddress.parse(IPAddress.text(address)) == address, "an address is read as written")
}

/// DER elements follow one another, with nothing else between or after them.
func checkElements(_ data: [UInt8]) {
  var at = 0
  while at < data.count {
    check(data.count - at >= 2, "an element has a tag and a length")
    var count = Int(data[at + 1])
    at += 2
    if count >= 0x80 {
      let width = count & 0x7f
      check(width >= 1 && width <= 4 && width <= data.count - at, "a length has one to four bytes")
      count = data[at..<at + width].reduce(0) { $0 << 8 | Int($1) }
      at += width
    }
    check(count <= data.count - at, "an element lies within")
    at += count
  }
}

func fuzzPEM(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    let content = try PEM.read("CERTIFICATE", in: input, input.count).plain()
    let text = PEM.encode("CERTIFICATE", content)
    check(try PEM.read("CERTIFICATE", in: text, text.count).plain() == content, "PEM gives back its bytes")
  }
}
