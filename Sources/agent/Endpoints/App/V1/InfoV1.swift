/// What this guest is: the identity of the app and of the system that it runs on. What verifiers need beyond that is in Attest.
struct InfoV1: ReplyMessage {
  let app: AppInfo
  let appName: [UInt8]
  /// Text of app-compose.json, vm_config and the provider of the app's keys; nil or empty where they are not public.
  let compose: BodyReader?
  let vmConfig: [UInt8]
  let keyProvider: [UInt8]

  static func serve(_ call: Call, _ evidence: Evidence, _ app: AppDescription) {
    call.reply { () throws(AgentError) in try InfoV1(evidence, app, showsTCB: true) }
  }

  init(_ evidence: Evidence, _ app: AppDescription, showsTCB: Bool) throws(AgentError) {
    let measured = try evidence.measure()
    self.app = measured.app
    appName = app.name
    compose = showsTCB ? app.text : nil
    vmConfig = showsTCB ? evidence.vmConfig : []
    keyProvider = showsTCB ? measured.app.keyProvider : []
  }

  func write(_ fields: FieldWriter) {
    fields.bytes("app_id", 1, app.appID)
    fields.string("app_name", 2, appName)
    fields.bytes("compose_hash", 3, app.composeHash)
    fields.text("app_compose", 4, compose)
    fields.bytes("instance_id", 5, app.instanceID)
    fields.bytes("device_id", 6, app.deviceID)
    fields.bytes("os_image_hash", 7, app.osImageHash)
    fields.bytes("mr_aggregated", 8, app.mrAggregated)
    fields.string("vm_config", 9, vmConfig)
    fields.string("key_provider_info", 10, keyProvider)
    fields.string("cloud_vendor", 11, SMBIOS.vendor)
    fields.string("cloud_product", 12, SMBIOS.product)
  }
}
