// Everything that the two processes say to each other. A message has a head of 8 bytes (what it is, three zeros, a number of 4
// bytes, little-endian), and then its data; the whole is `Limits.channelMessage` bytes at most. Each end treats what arrives as
// hostile.

/// What the front may ask of the keeper. A front that was taken over can ask for nothing else.
enum Question: UInt8 {
  /// Not a question: the front is alive.
  case pong
  /// What the keeper counts, for metrics (`Counters`).
  case counters
  /// The host wants the machine powered off.
  case powerOff
  /// The app's health file (`HealthFileReader`).
  case healthFile
  /// What the startup wrote about the Compose project.
  case project
  /// /etc/resolv.conf.
  case nameServers
  /// app-compose.json, if it is public.
  case compose
  /// What pages show (`PublicState`). The question holds a version, of 4 bytes; the answer is empty if that is the current one.
  case state
  /// The attestation of a curve's signing key: 0 for secp256k1, 1 for Ed25519. The answer says how much of the log it covers, as
  /// a state does.
  case attestation
  /// The container engine's containers; a Compose project's if one is named.
  case list
  /// What the engine knows about a container, given by name.
  case inspection
  /// A container's log: which part (`LogSelection`), and its name.
  case log
  /// The event log after the extent that is known (`LogExtent`).
  case events
  /// An inspection for somebody who wants to read the container's log: such readers take nothing from the agent's own questions.
  case logInspection

  /// Where the image's startup says which Compose project it started.
  static let projectFile: StaticString = "/run/dstack/app-compose-runtime.json"
}

/// A question as the keeper takes it.
struct FrontMessage {
  let question: Question
  /// The answer bears the same number.
  let number: UInt32
  /// Its data. For questions to the engine, the path and query of the request.
  let data: [UInt8]

  /// Throws if the message breaks a rule of the channel.
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
      if data != [0], data != [1] { throw .invalid("unknown curve") }
    case .list, .inspection, .log, .logInspection: data = try EngineRequestLine.target(question, data)
    }
    (self.question, number, self.data) = (question, head.number, data)
  }
}

/// What the keeper says to the front.
struct KeeperMessage {
  /// The kinds of messages that the keeper sends.
  enum Kind: UInt8 {
    /// Is the front alive?
    case ping
    /// Accept no more connections, answer what is in flight, and end.
    case stop
    /// The answer is in a sealed file, or comes out of a pipe; the message carries its descriptor.
    case file, pipe
    /// The answer itself.
    case answer
    /// Why there is no answer: the error's kind, and its text.
    case failure
  }

  let kind: Kind
  /// The number of the question.
  let number: UInt32
  let data: [UInt8]

  /// `passes`: a descriptor came with the message. Throws if the message breaks a rule of the channel.
  init(parsing message: [UInt8], passes: Bool) throws(AgentError) {
    let head = try ChannelMessage(parsing: message)
    guard let kind = Kind(rawValue: head.kind) else { throw ChannelMessage.unknown }
    if kind.rawValue < Kind.answer.rawValue, !head.data.isEmpty { throw ChannelMessage.wrongSize }
    if passes != (kind == .file || kind == .pipe) { throw .invalid("a descriptor is missing or unexpected") }
    (self.kind, number, data) = (kind, head.number, head.data)
    if kind == .failure, error == nil { throw .invalid("a failure is malformed") }
  }

  /// The error of a failure.
  var error: AgentError? {
    guard let kind = data.first.flatMap({ AgentError.Kind(rawValue: $0) }), data.count <= 1 + AgentError.textLimit else {
      return nil
    }
    return AgentError(kind, printable(data.dropFirst()))
  }
}

/// The form of every message.
struct ChannelMessage {
  private static let headSize = 8

  let kind: UInt8
  let number: UInt32
  let data: [UInt8]

  @inline(never)
  /// The bytes of a message.
  static func encode(_ kind: UInt8, _ number: UInt32, _ data: [UInt8] = []) -> [UInt8] {
    [kind, 0, 0, 0] + LittleEndian.encode(number) + data
  }

  /// Splits a message. Throws if its head is malformed.
  init(parsing message: [UInt8]) throws(AgentError) {
    guard message.count >= Self.headSize, message[1] | message[2] | message[3] == 0 else {
      throw .invalid("a message's head is malformed")
    }
    (kind, number) = (message[0], UInt32(truncatingIfNeeded: LittleEndian.decode(message, 4, 4)))
    data = Array(message[Self.headSize...])
  }

  static var unknown: AgentError { .invalid("unknown message") }
  static var wrongSize: AgentError { .invalid("a message has the wrong size") }
}
