/// What this guest is: the identity of the app and of the system it runs on.
struct Info: ReplyMessage {
  let identity: PublicIdentity

  func write(_ fields: FieldWriter) {
    fields.bytes("app_id", 1, identity.app.appID)
    fields.bytes("instance_id", 2, identity.app.instanceID)
    fields.text("app_cert", 3, identity.chain)
    fields.text("tcb_info", 4, identity.tcbInfo)
    fields.string("app_name", 5, identity.name)
    fields.bytes("device_id", 8, identity.app.deviceID)
    fields.bytes("mr_aggregated", 9, identity.app.mrAggregated)
    fields.bytes("os_image_hash", 10, identity.app.osImageHash)
    fields.string("key_provider_info", 12, identity.app.keyProvider)
    fields.bytes("compose_hash", 13, identity.app.composeHash)
    fields.string("vm_config", 14, identity.vmConfig)
    fields.string("cloud_vendor", 15, SMBIOS.vendor)
    fields.string("cloud_product", 16, SMBIOS.product)
  }
}
