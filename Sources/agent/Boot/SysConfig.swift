/// What the agent reads of `.sys-config.json`: how the host has set the machine up. Nothing in it is measured, so nothing in it is
/// trusted.
struct SysConfig {
  /// Tried in order.
  let kmsURLs: [[UInt8]]
  /// Where the host takes notifications; empty if nowhere.
  let hostAPIURL: [UInt8]
  /// The document that MRCONFIGID of version 3 is a hash of; nil if there is none.
  let mrConfig: [UInt8]?
  /// A JSON document that describes the virtual machine; empty if there is none.
  let vmConfig: [UInt8]

  init(_ text: [UInt8]) throws(AgentError) {
    var kmsURLs = JSONMember<[[UInt8]]>("kms_urls", nullable: true)
    var hostAPIURL = JSONMember<[UInt8]>("host_api_url", nullable: true)
    var mrConfig = JSONMember<[UInt8]>("mr_config", nullable: true)
    var vmConfig = JSONMember<[UInt8]>("vm_config", nullable: true)
    var reader = JSONReader(text)
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      if try kmsURLs.take(member, &reader, JSONValue.texts) { continue }
      if try hostAPIURL.take(member, &reader, JSONValue.text) { continue }
      if try mrConfig.take(member, &reader, JSONValue.text) { continue }
      if try vmConfig.take(member, &reader, JSONValue.text) { continue }
      try reader.skip()
    }
    try reader.end()
    self.kmsURLs = kmsURLs.value ?? []
    self.hostAPIURL = hostAPIURL.value ?? []
    self.vmConfig = vmConfig.value ?? []
    // older hosts have the document in vm_config only
    let document = mrConfig.value ?? []
    self.mrConfig = document.isEmpty ? try VMDescription(self.vmConfig).mrConfig : document
  }
}

/// What the startup reads of vm_config.
struct VMDescription {
  /// Whether verifiers recompute the registers without the ACPI tables (tdx_attestation_variant `lite`).
  let isLite: Bool
  let mrConfig: [UInt8]?

  /// `text` may be empty. Throws `.invalid` for what is no JSON object and for an unknown variant.
  init(_ text: [UInt8]) throws(AgentError) {
    var variant = JSONMember<[UInt8]>("tdx_attestation_variant", nullable: true)
    var mrConfig = JSONMember<[UInt8]>("mr_config", nullable: true)
    if !text.isEmpty {
      do throws(AgentError) {
        var reader = JSONReader(text)
        var members = try reader.enterObject()
        while let member = try reader.nextMember(&members) {
          if try variant.take(member, &reader, JSONValue.text) { continue }
          if try mrConfig.take(member, &reader, JSONValue.text) { continue }
          try reader.skip()
        }
        try reader.end()
      } catch {
        throw error.during("vm_config")
      }
    }
    self.mrConfig = mrConfig.value
    isLite = variant.value?.matches("lite") ?? false
    guard isLite || variant.value?.matches("legacy") ?? true else {
      throw .invalid("vm_config: tdx_attestation_variant is neither legacy nor lite")
    }
  }
}
