/// What this guest is: the identity of the app and of the system it runs on. Attest gives what else verifiers need.
struct InfoV1: ReplyMessage {
  let identity: PublicIdentity

  func write(_ fields: FieldWriter) {
    fields.bytes("app_id", 1, identity.app.appID)
    fields.string("app_name", 2, identity.name)
    fields.bytes("compose_hash", 3, identity.app.composeHash)
    fields.text("app_compose", 4, identity.compose?.text)
    fields.bytes("instance_id", 5, identity.app.instanceID)
    fields.bytes("device_id", 6, identity.app.deviceID)
    fields.bytes("os_image_hash", 7, identity.app.osImageHash)
    fields.bytes("mr_aggregated", 8, identity.app.mrAggregated)
    fields.string("vm_config", 9, identity.vmConfig)
    fields.string("key_provider_info", 10, identity.log == nil ? [] : identity.app.keyProvider)
    fields.string("cloud_vendor", 11, SMBIOS.vendor)
    fields.string("cloud_product", 12, SMBIOS.product)
  }
}
