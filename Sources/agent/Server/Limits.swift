/// Every bound on what an outsider can make the agent hold or do. Sizes are bytes, times milliseconds.
enum Limits {
  // MARK: HTTP
  /// Request line, header fields and the empty line behind them.
  static let requestHead = 8 * 1024
  static let requestBody = 256 * 1024
  /// From a request's first byte to the end of its head.
  static let headDeadline: Int64 = 5_000
  /// From the end of the head to the end of the body.
  static let bodyDeadline: Int64 = 30_000
  /// A connection on which nothing is read or written for so long is closed.
  static let idle: Int64 = 10_000
  /// How long, and for how many bytes, the rest of a refused request is read so that its answer is not lost.
  static let linger: Int64 = 2_000
  static let lingerBytes = 1024 * 1024
  /// One read from a connection.
  static let readChunk = 16 * 1024

  // MARK: Server
  /// Connections of one listener; the next one is answered 503 at once.
  static let connections = 64
  static let listenBacklog: Int32 = 128
  /// Pause of accept when descriptors or memory have run out, unless a connection closes earlier.
  static let acceptPause: Int64 = 100
  /// For requests in flight after SIGTERM.
  static let shutdown: Int64 = 5_000
  /// A job's result.
  static let jobResult = 1024 * 1024
  /// Jobs of all kinds at once, with those that were given up but whose child is not dead yet.
  static let jobs = 16
  /// The longest pause between two looks at such a child.
  static let reapPause: Int64 = 1_000

  // MARK: Evidence
  /// SDKs give up after 3 s: a quote that could not be there in this time is refused with 503.
  static let quoteWait: Int64 = 2_500
  /// A quote that is not made by then is given up and its process killed.
  static let quoteDeadline: Int64 = 10_000
  /// Different report data that wait for their quote.
  static let quoteQueue = 32

  // MARK: Parsing
  static let jsonDepth = 32
  static let configFile = 64 * 1024
  static let appKeysFile = 64 * 1024
  static let gpuAttestation = 1024 * 1024
}
