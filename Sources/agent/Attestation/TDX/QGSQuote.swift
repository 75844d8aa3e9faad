/// Quotes from the host's quote generation service over vsock, for a TD report. A quote takes about 4 ms.
struct QGSQuote {
  /// The host's context identifier, VMADDR_CID_HOST.
  private static let host: UInt32 = 2

  private let paths: TDXPaths

  init(_ paths: TDXPaths) { self.paths = paths }

  /// The service's port; nil if there is no device to take a report from, or if no port is configured (`port=4050`).
  var port: UInt32? {
    guard Files.exists(paths.device), let text = try? Files.read(paths.attestConfig, limit: Limits.attestConfig) else {
      return nil
    }
    return Self.port(text)
  }

  /// The first `port=` in the text of the configuration; nil if there is none.
  static func port(_ text: [UInt8]) -> UInt32? {
    for line in TextParts(linesOf: text) {
      let line = line.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
      guard line.hasPrefix("port="), let value = parseDecimal(line.dropFirst(5)) else { continue }
      return UInt32(exactly: value)
    }
    return nil
  }

  /// A quote over 64 bytes of report data. Throws `unavailable` when `deadline`, a time of `Clock.monotonic`, has passed.
  func quote(_ reportData: [UInt8], port: UInt32, deadline: Int64) throws(AgentError) -> [UInt8] {
    let report = try TDXDevice(path: paths.device).report(reportData)
    let quote = try AgentError.during("quote service", try Self.exchange(report, port: port, deadline: deadline))
    guard try Quote.reportData(quote) == reportData else { throw .failed("the quote does not cover the requested report data") }
    return quote
  }

  private static func exchange(_ report: [UInt8], port: UInt32, deadline: Int64) throws(AgentError) -> [UInt8] {
    let descriptor = try Errno.explain("no connection") { () throws(Errno) in
      try Sockets.connect(vsock: host, port: port)
    }
    let socket = DeadlineSocket(descriptor, deadline: deadline)
    try socket.connect()
    return try exchange(socket, report)
  }

  /// Sends the report and receives the quote.
  static func exchange(_ socket: borrowing DeadlineSocket, _ report: [UInt8]) throws(AgentError) -> [UInt8] {
    try socket.send(QGSMessage.request(report))
    let size = try socket.receive(4).reduce(0) { $0 << 8 | Int($1) }
    guard size >= QGSMessage.headerSize, size <= Limits.quote else { throw QGSMessage.malformed }
    return try QGSMessage.quote(try socket.receive(size))
  }
}
