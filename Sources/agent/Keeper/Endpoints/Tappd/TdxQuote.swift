/// A quote over a digest of the caller's data, with the event log that explains its registers.
struct TdxQuote: ReplyMessage {
  /// The method's fields (docs/spec/tappd.md).
  struct Arguments: RequestMessage {
    var reportData: [UInt8] = []
    var hashAlgorithm: [UInt8] = []
    var prefix: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.bytes("report_data", 1, &reportData)
      try fields.string("hash_algorithm", 2, &hashAlgorithm)
      try fields.string("prefix", 3, &prefix)
    }

    /// Reduces them to the names that the answer repeats and the data that are quoted.
    mutating func reduce() throws(AgentError) {
      if hashAlgorithm.matches("raw") {
        prefix = []
        return
      }
      if prefix.isEmpty { prefix = bytes("app-data") }
      guard prefix.count <= Limits.quotePrefix else { throw .invalid("the prefix is longer than 4 KiB") }
      if hashAlgorithm.isEmpty { hashAlgorithm = bytes("sha512") }
      reportData = try digest(hashAlgorithm, prefix + ":" + reportData)
    }
  }

  /// In each family, digests of 32, 48 and 64 bytes.
  private static let algorithms: [StaticString] = [
    "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512", "keccak256", "keccak384", "keccak512",
  ]

  let attestation: VersionedAttestation
  /// How the data were hashed: the algorithm, and the text put before the data.
  let hashAlgorithm: [UInt8]
  let prefix: [UInt8]

  /// `/prpc/TdxQuote`.
  static func serve(_ call: Call, _ evidence: Evidence) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    if arguments.hashAlgorithm.matches("raw") { return try answerRaw(call, arguments.reportData, evidence) }
    try answer(call, arguments.reportData, arguments.hashAlgorithm, arguments.prefix, evidence)
  }

  /// Quotes the report data as they are. Throws `.invalid` if they are not 64 bytes.
  static func answerRaw(_ call: Call, _ reportData: [UInt8], _ evidence: Evidence) throws(AgentError) {
    guard reportData.count == VersionedAttestation.reportDataSize else { throw .invalid("invalid content length") }
    try answer(call, reportData, bytes("raw"), [], evidence)
  }

  private static func answer(
    _ call: Call, _ reportData: [UInt8], _ algorithm: [UInt8], _ prefix: [UInt8], _ evidence: Evidence
  ) throws(AgentError) {
    try evidence.requireQuotes()
    evidence.attestation(reportData, for: call.peer) { result in
      call.reply { () throws(AgentError) in
        TdxQuote(attestation: try result.get(), hashAlgorithm: algorithm, prefix: prefix)
      }
    }
  }

  /// The digest of `content`. Throws `.invalid` for an unknown algorithm.
  static func digest(_ algorithm: [UInt8], _ content: [UInt8]) throws(AgentError) -> [UInt8] {
    guard let index = algorithms.firstIndex(where: { algorithm.matches($0) }),
      let size = Keccak.Size(rawValue: 32 + index % 3 * 16)
    else { throw .unsupportedAlgorithm }
    switch index {
    case 0: return Hash.sha256(content)
    case 1: return Hash.sha384(content)
    case 2: return Hash.sha512(content)
    default: return index < 6 ? Keccak.sha3(content, size) : Keccak.keccak(content, size)
    }
  }

  func write(_ fields: FieldWriter) {
    fields.bytes("quote", 1, attestation.quote)
    fields.text("event_log", 2, attestation.log.json)
    fields.string("hash_algorithm", 3, hashAlgorithm)
    fields.string("prefix", 4, prefix)
  }
}
