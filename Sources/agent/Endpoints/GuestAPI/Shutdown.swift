/// Powers the guest off. The answer says that it has begun.
enum Shutdown {
  static func serve(_ call: Call, _ powerOff: PowerOff) {
    call.reply { () throws(AgentError) in
      try powerOff.start()
      return Empty()
    }
  }
}
