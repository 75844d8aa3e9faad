/// Info for anyone, without what the app hides.
enum WorkerInfo {
  /// `kept` is the last reply, valid while the state stays the same.
  static func serve(_ call: Call, _ view: PublicView, _ kept: KeptReply) {
    view.look { state in
      let version = Int(state.version)
      if call.reply(from: kept, version) { return }
      call.reply(keptIn: kept, version, for: Limits.healthReuse) { () throws(AgentError) in Info(identity: try state.known()) }
    }
  }
}
