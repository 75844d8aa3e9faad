import CSystem

enum EncodingChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    let data = inputs[0]
    switch operation {
    case "hex": return [Hex.encode(data)]
    case "unhex": return [try CheckOutput.given(Hex.decode(data))]
    case "base64": return [Base64.encode(data), Base64.encodeURL(data), base64(inputs.all)]
    case "unbase64": return [try CheckOutput.given(Base64.decode(data))]
    case "copy": return [copies(data)]
    case "decimal": return [decimal(try inputs.number(0))]
    case "form":
      guard let pairs = FormEncoding.pairs(data) else { throw .invalid("is not a form") }
      return pairs.flatMap { [$0.name, $0.value] }
    case "utf8": return [repaired(inputs.all)]
    case "html":
      let out = ByteBuffer()
      out.fill("<a b=\"~\">~</a>", inputs.all)
      return [out.take()]
    case "json-string":
      let json = JSONWriter()
      json.string(data)
      return [json.out.take()]
    case "json":
      let json = JSONWriter()
      var reader = JSONReader(data)
      try copy(&reader, json)
      try reader.end()
      return [json.out.take()]
    case "json-skip":
      var reader = JSONReader(data)
      try reader.skip()
      return [decimal(reader.position)]
    case "ip":
      let address = try CheckOutput.given(IPAddress.parse(data))
      return [address, IPAddress.text(address)]
    case "scale":
      let out = ByteBuffer()
      SCALEWriter(out).compact(try inputs.number(0))
      return [out.take()]
    case "messagepack":
      let out = ByteBuffer()
      MessagePackWriter(out).unsigned(try inputs.number(0))
      return [out.take()]
    default: return nil
    }
  }

  /// The SHA-256 of what memmove(3) makes of a buffer of 128 bytes: up to 80 bytes from and to each of 48 places.
  private static func copies(_ data: [UInt8]) -> [UInt8] {
    let out = ByteBuffer(capacity: 81 * 48 * 48 * data.count)
    for size in 0...80 {
      for from in 0..<48 {
        for to in 0..<48 {
          var buffer = data
          buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            memmove(start + to, start + from, size)
          }
          out.append(buffer)
        }
      }
    }
    return Hash.sha256(out.take())
  }

  /// Base64 of data that arrive in pieces.
  private static func base64(_ pieces: [[UInt8]]) -> [UInt8] {
    let out = ByteBuffer()
    var stream = Base64Stream()
    for piece in pieces {
      for byte in piece { stream.write([byte], to: out) }
    }
    stream.finish(to: out)
    return out.take()
  }

  private static func repaired(_ pieces: [[UInt8]]) -> [UInt8] {
    var out: [UInt8] = []
    var repair = UTF8Repair()
    for piece in pieces { repair.write(piece[...], to: &out) }
    repair.finish(to: &out)
    return out
  }

  /// Reads a value and writes it again.
  private static func copy(_ reader: inout JSONReader, _ json: JSONWriter) throws(AgentError) {
    switch reader.peek() {
    case UInt8(ascii: "{"):
      json.beginObject()
      var members = try reader.enterObject()
      while let name = try reader.nextMember(&members) {
        try copy(&reader, json.name(name))
      }
      json.endObject()
    case UInt8(ascii: "["):
      json.beginArray()
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) { try copy(&reader, json) }
      json.endArray()
    case UInt8(ascii: "\""): json.string(try reader.string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"): json.bool(try reader.bool())
    case UInt8(ascii: "n"):
      guard try reader.null() else { throw .invalid("is not null") }
      json.null()
    default: json.number(try reader.unsigned())
    }
  }
}
