/// What this guest is, for its host, which learns no more than anyone else of what the app hides.
struct GuestInfo: ReplyMessage {
  let identity: PublicIdentity

  /// `/api/Info`.
  static func serve(_ call: Call, _ view: PublicView) {
    view.look { state in call.reply { () throws(AgentError) in GuestInfo(identity: try state.known()) } }
  }

  func write(_ fields: FieldWriter) {
    fields.string("version", 1, bytes(Version.number))
    fields.bytes("app_id", 2, identity.app.appID)
    fields.bytes("instance_id", 3, identity.app.instanceID)
    fields.text("app_cert", 4, identity.chain)
    fields.text("tcb_info", 5, identity.tcbInfo)
    fields.bytes("device_id", 6, identity.app.deviceID)
  }
}
