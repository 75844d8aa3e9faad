// All that the two processes say to each other. A message is a head of 8 bytes (what it is, three zeros, a number of 4 bytes,
// little-endian) and what belongs to it, `Limits.channelMessage` bytes at most. Each end reads what comes as from an enemy.

/// What the front may ask of the keeper, and all that a taken-over front can ask for.
enum Question: UInt8 {
  /// None: it is alive.
  case pong
  /// What the keeper counts, for metrics (`Counters`).
  case counters
  /// The host wants the machine off.
  case powerOff
  /// The app's health file (`HealthFileReader`).
  case healthFile
  /// What the start-up says of the Compose project.
  case project
  /// /etc/resolv.conf.
  case nameServers
  /// app-compose.json, where it is public.
  case compose
  /// What pages show (`PublicState`); nothing new if that has the version that is given, of 4 bytes.
  case state
  /// The attestation of the signing key of a curve: 0 for secp256k1, 1 for Ed25519. Its log is told as in a state.
  case attestation
  /// The container engine's containers; of a Compose project if one is given.
  case list
  /// What the engine knows of a container, whose name is given.
  case inspection
  /// A container's log: which part (`LogSelection`), and the name.
  case log
  /// The event log behind what is known of it (`LogExtent`).
  case events

  /// Where the image's start-up says which Compose project it has started.
  static let projectFile: StaticString = "/run/dstack/app-compose-runtime.json"
}

/// A question, as the keeper has it.
struct FrontMessage {
  let question: Question
  /// The answer has the same.
  let number: UInt32
  /// What belongs to it. In place of what is asked of the engine, the path and query of the request.
  let data: [UInt8]

  /// Throws which rule is broken.
  init(parsing message: [UInt8]) throws(AgentError) {
    let head = try ChannelMessage(parsing: message)
    guard let question = Question(rawValue: head.kind) else { throw ChannelMessage.unknown }
    var data = head.data
    switch question {
    case .pong, .counters, .powerOff, .healthFile, .project, .nameServers, .compose:
      if !data.isEmpty { throw ChannelMessage.wrongSize }
    case .state:
      if data.count != 4 { throw ChannelMessage.wrongSize }
    case .events:
      if data.count != LogExtent.size { throw ChannelMessage.wrongSize }
    case .attestation:
      if data != [0], data != [1] { throw .invalid("there is no such curve") }
    case .list, .inspection, .log: data = try EngineRequestLine.target(question, data)
    }
    (self.question, number, self.data) = (question, head.number, data)
  }
}

/// What the keeper says to the front.
struct KeeperMessage {
  enum Kind: UInt8 {
    /// Is it alive?
    case ping
    /// Take no more connections, answer what is in flight, and end.
    case stop
    /// The answer comes in a sealed file, or out of a pipe, that comes along.
    case file, pipe
    /// The answer.
    case answer
    /// Why there is none: the kind of the error, and its text.
    case failure
  }

  let kind: Kind
  /// Of the question.
  let number: UInt32
  let data: [UInt8]

  /// `passes`: a descriptor has come along. Throws which rule is broken.
  init(parsing message: [UInt8], passes: Bool) throws(AgentError) {
    let head = try ChannelMessage(parsing: message)
    guard let kind = Kind(rawValue: head.kind) else { throw ChannelMessage.unknown }
    if kind.rawValue < Kind.answer.rawValue, !head.data.isEmpty { throw ChannelMessage.wrongSize }
    if passes != (kind == .file || kind == .pipe) { throw .invalid("a descriptor is missing, or one too many") }
    (self.kind, number, data) = (kind, head.number, head.data)
    if kind == .failure, error == nil { throw .invalid("there is no such failure") }
  }

  /// Of a failure.
  var error: AgentError? {
    guard let kind = data.first.flatMap({ AgentError.Kind(rawValue: $0) }), data.count <= 1 + AgentError.textLimit else {
      return nil
    }
    return AgentError(kind, printable(data.dropFirst()))
  }
}

/// The form that all messages have.
struct ChannelMessage {
  private static let headSize = 8

  let kind: UInt8
  let number: UInt32
  let data: [UInt8]

  @inline(never)
  static func encode(_ kind: UInt8, _ number: UInt32, _ data: [UInt8] = []) -> [UInt8] {
    [kind, 0, 0, 0] + LittleEndian.encode(number) + data
  }

  init(parsing message: [UInt8]) throws(AgentError) {
    guard message.count >= Self.headSize, message[1] | message[2] | message[3] == 0 else {
      throw .invalid("a message has no head")
    }
    (kind, number) = (message[0], UInt32(truncatingIfNeeded: LittleEndian.decode(message, 4, 4)))
    data = Array(message[Self.headSize...])
  }

  static var unknown: AgentError { .invalid("there is no such message") }
  static var wrongSize: AgentError { .invalid("a message has another size") }
}
