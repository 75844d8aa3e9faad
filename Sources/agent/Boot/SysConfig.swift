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
    let object = try JSONObject(text, known: ["kms_urls", "host_api_url", "mr_config", "vm_config"])
    kmsURLs = try object.texts("kms_urls", orNull: true) ?? []
    hostAPIURL = try object.text("host_api_url", orNull: true) ?? []
    vmConfig = try object.text("vm_config", orNull: true) ?? []
    // older hosts have the document in vm_config only
    let document = try object.text("mr_config", orNull: true) ?? []
    mrConfig = document.isEmpty ? try VMDescription(vmConfig).mrConfig : document
  }
}

/// What the startup reads of vm_config.
struct VMDescription {
  /// Whether verifiers recompute the registers without the ACPI tables (tdx_attestation_variant `lite`).
  let isLite: Bool
  let mrConfig: [UInt8]?

  /// `text` may be empty. Throws `.invalid` for what is no JSON object and for an unknown variant.
  init(_ text: [UInt8]) throws(AgentError) {
    do throws(AgentError) {
      let object = try JSONObject(text.isEmpty ? bytes("{}") : text, known: ["tdx_attestation_variant", "mr_config"])
      mrConfig = try object.text("mr_config", orNull: true)
      let variant = try object.text("tdx_attestation_variant", orNull: true)
      isLite = variant?.matches("lite") ?? false
      guard isLite || variant?.matches("legacy") ?? true else {
        throw .invalid("tdx_attestation_variant: is neither legacy nor lite")
      }
    } catch {
      throw error.during("vm_config")
    }
  }
}
