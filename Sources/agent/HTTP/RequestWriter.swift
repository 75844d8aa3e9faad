/// Requests to prpc services elsewhere.
enum RequestWriter {
  /// A request with a JSON body that asks to close the connection after the answer. `host` and `path` are printable ASCII without spaces;
  /// `body` may be secret.
  static func call(_ host: [UInt8], _ path: [UInt8], _ method: StaticString, _ body: BodyReader) -> BodyReader {
    let out = ByteBuffer()
    out.append("POST ")
    out.append(path)
    out.append("/")
    out.append(method)
    out.append("?json HTTP/1.1\r\nHost: ")
    out.append(host)
    out.append("\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ")
    out.appendDecimal(UInt64(body.remaining))
    out.append("\r\n\r\n")
    out.insert(body)
    return JoinedBody(out)
  }
}
