@testable import agent

/// What the front says to the keeper.
func fuzzFrontMessage(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    let message = try FrontMessage(parsing: input)
    switch message.question {
    case .list, .inspection, .log:
      check(message.data.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }, "a target is one word")
    default:
      let again = ChannelMessage.encode(message.question.rawValue, message.number, message.data)
      check(again == input, "a message has one form")
    }
  }
}

/// What the keeper says to the front. The lowest bit of byte 0 tells whether a descriptor comes along.
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

/// What pages show, as it comes in a file.
func fuzzPublicState(_ input: [UInt8]) {
  _ = PublicState(input, ComposeText([]))?.identity?.tcbInfo?.all()
}
