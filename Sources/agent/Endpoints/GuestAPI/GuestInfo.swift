/// What this guest is, for its host, which learns no more than anyone of what the app does not show.
struct GuestInfo: ReplyMessage {
  let app: AppInfo
  let appCert: [UInt8]
  /// JSON, or empty.
  let tcbInfo: [UInt8]

  static func serve(_ call: Call, _ evidence: Evidence, _ app: AppDescription, _ certificate: AppCertificate) {
    call.reply { () throws(AgentError) in
      let measured = try evidence.measure()
      let tcbInfo = app.visibility.tcbInfo ? evidence.tcbInfo(measured, composeFile: app.compose) : []
      return GuestInfo(app: measured.app, appCert: certificate.chain, tcbInfo: tcbInfo)
    }
  }

  func write(_ fields: FieldWriter) {
    fields.string("version", 1, bytes(Version.number))
    fields.bytes("app_id", 2, app.appID)
    fields.bytes("instance_id", 3, app.instanceID)
    fields.string("app_cert", 4, appCert)
    fields.string("tcb_info", 5, tcbInfo)
    fields.bytes("device_id", 6, app.deviceID)
  }
}
