enum RequestChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    switch operation {
    case "request-head": return try head(inputs.all)
    case "arguments":
      var message = DeriveKey.Arguments()
      try reader(inputs[0], inputs[1]).fill(&message)
      let flags = [message.hasEvidence, message.leaf.serverAuth, message.leaf.clientAuth, message.isRandom]
      return [message.path, message.leaf.subject, flags.flatMap(CheckOutput.flag)] + message.leaf.altNames
    case "reply":
      let out = ByteBuffer()
      let writer = inputs[0].matches("json") ? JSONFieldWriter(out) : ProtobufFieldWriter(out)
      writer.write(Sign(signature: inputs[1], signatureChain: inputs.from(3), publicKey: inputs[2]))
      return [out.take()]
    default: return nil
    }
  }

  private static func reader(_ form: [UInt8], _ data: [UInt8]) throws(AgentError) -> FieldReader {
    if form.matches("json") { return JSONFieldReader(data) }
    if form.matches("query") { return try QueryFieldReader(data) }
    return ProtobufFieldReader(data)
  }

  /// Parses a head whose lines are the inputs, and adds its empty line. Returns method, minor version, the body's length, whether
  /// the connection stays open and whether the body is JSON, then the query and the path's segments.
  private static func head(_ lines: [[UInt8]]) throws(AgentError) -> [[UInt8]] {
    var text: [UInt8] = []
    for line in lines + [[]] { text += line + bytes("\r\n") }
    var parser = RequestParser()
    do throws(HTTPError) {
      // in two pieces, as a slow client sends them
      var request = Request()
      guard try parser.read(text[..<(text.count / 2)], into: &request) == nil,
        try parser.read(text[...], into: &request) == text.count
      else { return [] }
      let method: StaticString =
        switch request.method {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .other: "other"
        }
      return [
        bytes(method), decimal(request.minorVersion), decimal(request.contentLength), CheckOutput.flag(request.keepsAlive),
        CheckOutput.flag(request.hasJSONBody),
        request.query,
      ] + request.path
    } catch {
      throw .invalid("is refused")
    }
  }
}
