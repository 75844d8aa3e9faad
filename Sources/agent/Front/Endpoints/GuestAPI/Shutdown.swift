/// Powers the guest off. The answer says that this has begun.
enum Shutdown {
  /// `/api/Shutdown`.
  static func serve(_ call: Call, _ keeper: KeeperLink) {
    keeper.ask(.powerOff) { answer in
      call.reply { () throws(AgentError) in
        _ = try answer.data()
        return Empty()
      }
    }
  }
}
