/// What this guest is: the identity of the app and of the system that it runs on.
struct Info: ReplyMessage {
  let app: AppInfo
  let appName: [UInt8]
  /// Nil until it is made.
  let appCert: BodyReader?
  /// JSON; nil where it is not public.
  let tcbInfo: BodyReader?
  let vmConfig: [UInt8]

  static func serve(_ call: Call, _ evidence: Evidence, _ app: AppDescription, _ certificate: AppCertificate) {
    call.reply { () throws(AgentError) in try Info(evidence, app, certificate, showsTCB: true) }
  }

  /// Without `showsTCB` what verifiers look at is left out: `tcb_info` and `vm_config`.
  init(_ evidence: Evidence, _ app: AppDescription, _ certificate: AppCertificate, showsTCB: Bool) throws(AgentError) {
    let measured = try evidence.measure()
    // for the next caller, if it could not be made before
    certificate.make()
    self.app = measured.app
    appName = app.name
    appCert = certificate.chain
    tcbInfo = showsTCB ? evidence.tcbInfo(measured, compose: app.escaped) : nil
    vmConfig = showsTCB ? evidence.vmConfig : []
  }

  func write(_ fields: FieldWriter) {
    fields.bytes("app_id", 1, app.appID)
    fields.bytes("instance_id", 2, app.instanceID)
    fields.text("app_cert", 3, appCert)
    fields.text("tcb_info", 4, tcbInfo)
    fields.string("app_name", 5, appName)
    fields.bytes("device_id", 8, app.deviceID)
    fields.bytes("mr_aggregated", 9, app.mrAggregated)
    fields.bytes("os_image_hash", 10, app.osImageHash)
    fields.string("key_provider_info", 12, app.keyProvider)
    fields.bytes("compose_hash", 13, app.composeHash)
    fields.string("vm_config", 14, vmConfig)
    fields.string("cloud_vendor", 15, SMBIOS.vendor)
    fields.string("cloud_product", 16, SMBIOS.product)
  }
}
