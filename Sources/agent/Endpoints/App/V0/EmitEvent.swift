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

  static func serve(_ call: Call, _ evidence: Evidence) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    evidence.emit(name: arguments.event, payload: arguments.payload) { result in
      call.reply { () throws(AgentError) in
        try result.get()
        return Empty()
      }
    }
  }
}
