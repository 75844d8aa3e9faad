/// What this guest is, for its host, which learns no more than anyone of what the app does not show.
struct GuestInfo: ReplyMessage {
  let app: AppInfo
  /// Nil until it is made.
  let appCert: BodyReader?
  /// JSON; nil where it is not public.
  let tcbInfo: BodyReader?

  static func serve(_ call: Call, _ evidence: Evidence, _ app: AppDescription, _ certificate: AppCertificate) {
    call.reply { () throws(AgentError) in
      let measured = try evidence.measure()
      let tcbInfo = app.visibility.tcbInfo ? evidence.tcbInfo(measured, compose: app.escaped) : nil
      return GuestInfo(app: measured.app, appCert: certificate.chain, tcbInfo: tcbInfo)
    }
  }

  func write(_ fields: FieldWriter) {
    fields.string("version", 1, bytes(Version.number))
    fields.bytes("app_id", 2, app.appID)
    fields.bytes("instance_id", 3, app.instanceID)
    fields.text("app_cert", 4, appCert)
    fields.text("tcb_info", 5, tcbInfo)
    fields.bytes("device_id", 6, app.deviceID)
  }
}
