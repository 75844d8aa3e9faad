/// An answer before it becomes bytes.
struct Response {
  enum ContentType {
    case json, binary, text, html, metrics

    var name: StaticString {
      switch self {
      case .json: "application/json"
      case .binary: "application/octet-stream"
      case .text: "text/plain; charset=utf-8"
      case .html: "text/html; charset=utf-8"
      // Prometheus' text format
      case .metrics: "text/plain; version=0.0.4; charset=utf-8"
      }
    }
  }

  var status = Status.ok
  var contentType = ContentType.json
  var body = ByteBuffer(capacity: 0)
  /// In place of the body: one that is made while it is sent, and of which the length is known, or not.
  var content: BodyReader?
  var stream: BodyStream?
  /// Seconds for Retry-After, with 503.
  var retryAfter: Int?
  /// What the log tells of a request that was refused or failed: text of ours.
  var failure: [UInt8] = []
  /// The methods for Allow, with 405.
  var allow: StaticString?

  /// `{"error": text}`.
  static func error(_ status: Status, _ text: [UInt8]) -> Response {
    var response = Response(status: status, body: JSONWriter.document { $0.name("error").string(text) }, failure: text)
    if status == .unavailable { response.retryAfter = 1 }
    return response
  }

  static func error(_ error: AgentError) -> Response {
    let status: Status =
      switch error.kind {
      case .invalid: .badRequest
      case .notFound: .notFound
      case .failed: .failed
      case .unavailable, .overdue: .unavailable
      case .notImplemented: .notImplemented
      }
    var response = Response.error(status, error.text)
    response.failure = Array(error.text.prefix(Int(error.ownCount)))
    return response
  }

  static func error(_ error: HTTPError) -> Response { .error(error.status, bytes(error.text)) }

  static func methodNotAllowed(_ allow: StaticString) -> Response {
    var response = Response.error(.methodNotAllowed, bytes("the method is not allowed here"))
    response.allow = allow
    return response
  }

  /// Writes what stands before the body on the wire. `fields` are further header fields, each with its end of line. An answer that is
  /// streamed is chunked where the client's version of HTTP has that, and ends with the connection in any case.
  func writeHead(to out: ByteBuffer, keepAlive: Bool, minorVersion: Int, fields: [UInt8]) {
    let isWhole = stream == nil
    if status == .ok, contentType == .json, fields.isEmpty, keepAlive, isWhole {
      // nearly all answers
      out.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
      out.appendDecimal(content?.remaining ?? body.count)
      return out.append("\r\nConnection: keep-alive\r\n\r\n")
    }
    out.append("HTTP/1.1 ")
    out.appendDecimal(status.rawValue)
    out.append(" ")
    out.append(status.reason)
    out.append("\r\nContent-Type: ")
    out.append(contentType.name)
    if isWhole {
      out.append("\r\nContent-Length: ")
      out.appendDecimal(content?.remaining ?? body.count)
    } else if minorVersion > 0 {
      out.append("\r\nTransfer-Encoding: chunked")
    }
    if let retryAfter {
      out.append("\r\nRetry-After: ")
      out.appendDecimal(retryAfter)
    }
    if let allow {
      out.append("\r\nAllow: ")
      out.append(allow)
    }
    out.append("\r\n")
    if !fields.isEmpty { out.append(fields) }
    out.append(keepAlive && isWhole ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n")
  }
}

extension Response {
  /// With what stands in the buffer as well. What is short is made at once.
  init(_ contentType: ContentType, _ buffer: ByteBuffer) {
    self.init(contentType: contentType, body: buffer)
    if buffer.inserts.isEmpty { return }
    let content = JoinedBody(buffer)
    body = ByteBuffer()
    if content.remaining > Limits.joinedBody { self.content = content } else { content.all(into: body) }
  }
}
