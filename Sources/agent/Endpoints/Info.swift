/// What this guest is: the identity of the app and of the system that it runs on.
struct Info: ReplyMessage {
  let app: AppInfo
  let appName: [UInt8]
  let appCert: [UInt8]
  /// JSON; empty where it is not public.
  let tcbInfo: [UInt8]
  var vmConfig: [UInt8]
  let vendor: [UInt8]
  let product: [UInt8]

  static func answer(_: Empty, _ agent: Agent, withTCBInfo: Bool = true) throws(AgentError) -> Info {
    let measured = try agent.evidence.measure()
    // for the next caller, if it could not be made before
    agent.makeAppCert()
    return Info(
      app: measured.app, appName: agent.appName, appCert: agent.appCert, tcbInfo: withTCBInfo ? agent.tcbInfo(measured) : [],
      vmConfig: agent.evidence.vmConfig, vendor: SMBIOS.vendor, product: SMBIOS.product)
  }

  func write(_ fields: FieldWriter) {
    fields.bytes("app_id", 1, app.appID)
    fields.bytes("instance_id", 2, app.instanceID)
    fields.string("app_cert", 3, appCert)
    fields.string("tcb_info", 4, tcbInfo)
    fields.string("app_name", 5, appName)
    fields.bytes("device_id", 8, app.deviceID)
    fields.bytes("mr_aggregated", 9, app.mrAggregated)
    fields.bytes("os_image_hash", 10, app.osImageHash)
    fields.string("key_provider_info", 12, app.keyProvider)
    fields.bytes("compose_hash", 13, app.composeHash)
    fields.string("vm_config", 14, vmConfig)
    fields.string("cloud_vendor", 15, vendor)
    fields.string("cloud_product", 16, product)
  }
}
