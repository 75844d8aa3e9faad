/// The status codes that the agent answers with (RFC 9110 §15).
enum Status: Int {
  case ok = 200
  case badRequest = 400
  case notFound = 404
  case methodNotAllowed = 405
  case requestTimeout = 408
  case contentTooLarge = 413
  case expectationFailed = 417
  case headTooLarge = 431
  case failed = 500
  case notImplemented = 501
  case unavailable = 503
  case versionNotSupported = 505

  var reason: StaticString {
    switch self {
    case .ok: "OK"
    case .badRequest: "Bad Request"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .requestTimeout: "Request Timeout"
    case .contentTooLarge: "Content Too Large"
    case .expectationFailed: "Expectation Failed"
    case .headTooLarge: "Request Header Fields Too Large"
    case .failed: "Internal Server Error"
    case .notImplemented: "Not Implemented"
    case .unavailable: "Service Unavailable"
    case .versionNotSupported: "HTTP Version Not Supported"
    }
  }
}

/// A request refused at the HTTP level: answered with `status`, then the connection is closed.
struct HTTPError: Error {
  let status: Status
  let text: StaticString

  init(_ status: Status, _ text: StaticString) {
    self.status = status
    self.text = text
  }

  /// 400.
  static func bad(_ text: StaticString) -> HTTPError { HTTPError(.badRequest, text) }
}
