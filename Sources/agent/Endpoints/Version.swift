/// Which agent this is. `version` is the upstream release whose interface is served: clients compare it.
struct Version: ReplyMessage {
  /// The upstream release line that this agent is compatible with.
  static let number: StaticString = "0.6.0"

  /// Made once, and only read.
  nonisolated(unsafe) private static let kept = KeptReply(always: Version())

  static func serve(_ call: Call) { call.reply(from: kept) }

  func write(_ fields: FieldWriter) {
    fields.string("version", 1, bytes(Self.number))
    // the commit that the binary was built from
    fields.string("rev", 2, Build.commit)
  }
}
