@testable import agent

/// What the front says to the keeper.
func fuzzFrontMessage(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    let message = try FrontMessage(parsing: input)
    switch message.question {
    case .list, .inspection, .log, .logInspection:
      check(message.data.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }, "a target is one word")
    default:
      let again = ChannelMessage.encode(message.question.rawValue, message.number, message.data)
      check(again == input, "a message has one form")
    }
  }
}

/// What the keeper says to the front. The lowest bit of byte 0 says whether a descriptor comes with it.
func fuzzKeeperMessage(_ input: [UInt8]) {
  guard let first = input.first else { return }
  let data = Array(input.dropFirst())
  attempt { () throws(AgentError) in
    let message = try KeeperMessage(parsing: data, passes: first & 1 != 0)
    if message.kind == .failure, let error = message.error { checkText(of: error) }
    check(ChannelMessage.encode(message.kind.rawValue, message.number, message.data) == data, "a message has one form")
  }
  _ = Counters(data)
}

/// What pages show, as it comes with a log of two events.
func fuzzPublicState(_ input: [UInt8]) {
  let digest = [UInt8](repeating: 0x64, count: RTMR.size)
  let boot = EventStore([LogEvent(register: 1, type: 0x8000_0001, digest: digest, payload: [1])])
  let runtime = EventStore([LogEvent(register: 3, type: RuntimeEvent.type, digest: digest, name: [0x61], version: .one)])
  let state = PublicState(input, ComposeText([]), EventLog(boot: boot, runtime: runtime))
  if let text = state?.identity?.tcbInfo {
    check(text.remaining == text.copy().all().count, "a text has the size that was said")
  }
  if let chain = state?.identity?.chain {
    check(chain.remaining == chain.copy().all().count, "a chain has the size that was said")
  }
}

/// A piece of the event log.
func fuzzLogPiece(_ input: [UInt8]) {
  var reader = LittleEndianReader(input)
  let (store, out) = (EventStore(), ByteBuffer())
  while let event = LogEvent(&reader) { store.append(event) }
  _ = EventLog(boot: EventStore(), runtime: store).json.all()
  attempt { () throws(AgentError) in try store.append(0..<store.count, to: out) }
  if input.count < Limits.logPiece { check(input.starts(with: out.storage), "a piece has one form") }
}
