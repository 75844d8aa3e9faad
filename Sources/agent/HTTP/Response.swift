/// An answer before it becomes bytes.
struct Response {
  enum ContentType {
    case json, binary, text

    var name: StaticString {
      switch self {
      case .json: "application/json"
      case .binary: "application/octet-stream"
      case .text: "text/plain; charset=utf-8"
      }
    }
  }

  var status = Status.ok
  var contentType = ContentType.json
  var body = ByteBuffer(capacity: 0)
  /// Seconds for Retry-After, with 503.
  var retryAfter: Int?
  /// The methods for Allow, with 405.
  var allow: StaticString?

  /// `{"error": text}`.
  static func error(_ status: Status, _ text: [UInt8]) -> Response {
    var response = Response(status: status, body: ByteBuffer())
    var json = JSONWriter(response.body)
    json.object { json in
      json.name("error")
      json.string(text)
    }
    if status == .unavailable { response.retryAfter = 1 }
    return response
  }

  static func error(_ error: HTTPError) -> Response { .error(error.status, bytes(error.text)) }

  static func methodNotAllowed(_ allow: StaticString) -> Response {
    var response = Response.error(.methodNotAllowed, bytes("the method is not allowed here"))
    response.allow = allow
    return response
  }

  /// The bytes on the wire: one buffer, so that small answers leave in one write.
  func serialized(keepAlive: Bool, withBody: Bool) -> ByteBuffer {
    let out = ByteBuffer(capacity: 192 + body.count)
    out.append("HTTP/1.1 ")
    out.append(decimal(status.rawValue))
    out.append(" ")
    out.append(status.reason)
    out.append("\r\nContent-Type: ")
    out.append(contentType.name)
    out.append("\r\nContent-Length: ")
    out.append(decimal(body.count))
    if let retryAfter {
      out.append("\r\nRetry-After: ")
      out.append(decimal(retryAfter))
    }
    if let allow {
      out.append("\r\nAllow: ")
      out.append(allow)
    }
    out.append(keepAlive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n")
    if withBody { out.append(body.storage) }
    return out
  }
}
