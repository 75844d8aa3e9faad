/// Powers the guest off. The answer says that it has begun.
enum Shutdown {
  static func serve(_ call: Call, _ keeper: KeeperLink) {
    keeper.ask(.powerOff) { answer in
      call.reply { () throws(AgentError) in
        _ = try answer.data()
        return Empty()
      }
    }
  }
}
