/// Measures an event of the application: extends RTMR3, and appends to the runtime event log.
enum EmitEvent {
  /// The method's fields (docs/spec/app-v0.md).
  struct Arguments: RequestMessage {
    var event: [UInt8] = []
    var payload: [UInt8] = []

    mutating func read(_ fields: FieldReader) throws(AgentError) {
      try fields.string("event", 1, &event)
      try fields.bytes("payload", 2, &payload)
    }
  }

  /// `/EmitEvent`. Unless `isAllowed`, it is refused as in release 0.6.
  static func serve(_ call: Call, _ evidence: Evidence, isAllowed: Bool) throws(AgentError) {
    let arguments: Arguments = try call.arguments()
    guard isAllowed else {
      throw .invalid(
        "EmitEvent was removed in dstack 0.6.0; runtime RTMR3 events are system-owned and cannot be extended by apps")
    }
    evidence.emit(
      name: arguments.event, payload: arguments.payload, by: call.peer, isWanted: { call.isWanted }
    ) { result in
      call.reply { () throws(AgentError) in
        try result.get()
        return Empty()
      }
    }
  }
}
