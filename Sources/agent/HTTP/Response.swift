/// An answer before serialization.
final class Response {
  /// The media types that the agent answers with.
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

  let status: Status
  var contentType: ContentType
  var body: ByteBuffer
  /// Instead of `body`, one that is made while it is sent: `content` of known length, or `stream`.
  private(set) var content: BodyReader?
  let stream: BodyStream?
  /// Head and body of a kept answer, which is public, for a client that keeps its connection open; empty for any other answer.
  let whole: [UInt8]
  /// Seconds for Retry-After, with 503.
  private(set) var retryAfter: Int?
  /// What the log says about a refused or failed request: our own text only.
  private(set) var failure: [UInt8]
  /// The methods to list in Allow, with 405.
  private(set) var allow: StaticString?

  init(
    status: Status = .ok, contentType: ContentType = .json, body: ByteBuffer = ByteBuffer(capacity: 0),
    content: BodyReader? = nil, stream: BodyStream? = nil, failure: [UInt8] = [], whole: [UInt8] = []
  ) {
    (self.status, self.contentType, self.failure) = (status, contentType, failure)
    (self.body, self.content, self.stream, self.whole) = (body, content, stream, whole)
  }

  /// `{"error": text}`.
  static func error(_ status: Status, _ text: [UInt8]) -> Response {
    let response = Response(status: status, body: JSONWriter.document { $0.name("error").string(text) }, failure: text)
    if status == .unavailable { response.retryAfter = 1 }
    return response
  }

  /// The same for an error; only the part of its text that is ours is logged.
  static func error(_ error: AgentError) -> Response {
    let status: Status =
      switch error.kind {
      case .invalid: .badRequest
      case .notFound: .notFound
      case .failed: .failed
      case .unavailable, .overdue: .unavailable
      case .notImplemented: .notImplemented
      }
    let response = Response.error(status, error.text)
    response.failure = Array(error.text.prefix(Int(error.ownCount)))
    return response
  }

  /// The same for a request refused at the HTTP level.
  static func error(_ error: HTTPError) -> Response { .error(error.status, bytes(error.text)) }

  /// 405, with the methods that are allowed.
  static func methodNotAllowed(_ allow: StaticString) -> Response {
    let response = Response.error(.methodNotAllowed, bytes("the method is not allowed here"))
    response.allow = allow
    return response
  }

  /// Writes the head. `fields` are additional header fields, each with its CRLF. A streamed answer is chunked if the client's HTTP version
  /// allows it, and always closes the connection.
  func writeHead(to out: ByteBuffer, keepAlive: Bool, minorVersion: Int, fields: [UInt8]) {
    let isWhole = stream == nil
    if status == .ok, contentType == .json, fields.isEmpty, keepAlive, isWhole {
      // nearly all answers
      out.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
      out.appendDecimal(UInt64(content?.remaining ?? body.count))
      return out.append("\r\nConnection: keep-alive\r\n\r\n")
    }
    out.append("HTTP/1.1 ")
    out.appendDecimal(UInt64(status.rawValue))
    out.append(" ")
    out.append(status.reason)
    out.append("\r\nContent-Type: ")
    out.append(contentType.name)
    if isWhole {
      out.append("\r\nContent-Length: ")
      out.appendDecimal(UInt64(content?.remaining ?? body.count))
    } else if minorVersion > 0 {
      out.append("\r\nTransfer-Encoding: chunked")
    }
    if let retryAfter {
      out.append("\r\nRetry-After: ")
      out.appendDecimal(UInt64(retryAfter))
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
  /// From a buffer and what is inserted in it. A short body is put together at once.
  convenience init(_ contentType: ContentType, _ buffer: ByteBuffer) {
    self.init(contentType: contentType, body: buffer)
    if buffer.inserts.isEmpty { return }
    let content = JoinedBody(buffer)
    body = ByteBuffer()
    if content.remaining > Limits.joinedBody { self.content = content } else { content.all(into: body) }
  }

  /// The same answer, prepared to be given more than once; itself if it is too long for that.
  func kept() -> Response {
    guard content == nil, body.count <= Limits.joinedBody else { return self }
    let whole = ByteBuffer()
    writeHead(to: whole, keepAlive: true, minorVersion: 1, fields: [])
    whole.append(body.storage)
    return Response(contentType: contentType, body: body, whole: whole.take())
  }
}
