/// Measures an event of the application: extends RTMR3 and appends to the runtime event log.
enum EmitEvent {
  struct Arguments: RequestMessage {
    var event: [UInt8] = []
    var payload: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("event", 1, &event)
      try fields.bytes("payload", 2, &payload)
    }
  }

  static func start(_ arguments: Arguments, _ agent: Agent, _ call: Call) throws(AgentError) {
    try agent.evidence.emit(name: arguments.event, payload: arguments.payload) { result in
      switch result {
      case .success: call.replyNothing()
      case .failure(let error): call.fail(error)
      }
    }
  }
}
