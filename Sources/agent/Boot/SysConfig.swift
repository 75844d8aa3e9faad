/// What the agent reads of `.sys-config.json`: how the host has set the machine up. Nothing in it is measured, so nothing in it is
/// trusted.
final class SysConfig {
  /// Tried in order.
  let kmsURLs: [[UInt8]]
  /// Where the host takes notifications; empty if nowhere.
  let hostAPIURL: [UInt8]
  /// The document that MRCONFIGID of version 3 is a hash of; nil if there is none.
  let mrConfig: [UInt8]?
  /// A JSON document that describes the virtual machine; empty if there is none.
  let vmConfig: [UInt8]

  convenience init(_ text: [UInt8]) throws(AgentError) { try self.init(JSONObject(text)) }

  @inline(never)
  init(_ object: JSONObject) throws(AgentError) {
    kmsURLs = object.texts("kms_urls") ?? []
    hostAPIURL = object.text("host_api_url") ?? []
    vmConfig = object.text("vm_config") ?? []
    let document = object.text("mr_config") ?? []
    Self.checkForeign(object)
    try object.finish()
    // older hosts have the document in vm_config only
    mrConfig = document.isEmpty ? try VMDescription(vmConfig).mrConfig : document
  }

  /// What others use, and what of it is strict: a host that asks for more there than release 0.6 knows is not understood.
  private static func checkForeign(_ object: JSONObject) {
    let collateral = object.object("collateral_urls", foreign: JSONObject.unknownMember)
    _ = (collateral?.text("pccs"), collateral?.text("amd_kds"))
    _ = object.read("gateway_clusters") { (reader) throws(AgentError) in
      var clusters = try reader.enterArray()
      while try reader.nextElement(&clusters) {
        let cluster = JSONObject(&reader, foreign: JSONObject.unknownMember)
        _ = (cluster.text("name"), cluster.texts("urls"))
        try cluster.finish()
      }
      return true
    }
  }
}

/// What the startup reads of vm_config.
struct VMDescription {
  /// Whether verifiers recompute the registers without the ACPI tables (tdx_attestation_variant `lite`).
  let isLite: Bool
  let mrConfig: [UInt8]?

  /// `text` may be empty. Throws `.invalid` for what is no JSON object and for an unknown variant.
  init(_ text: [UInt8]) throws(AgentError) { try self.init(JSONObject(ifAny: text)) }

  init(_ object: JSONObject) throws(AgentError) {
    mrConfig = object.text("mr_config")
    let variant = object.text("tdx_attestation_variant") ?? bytes("legacy")
    isLite = variant.matches("lite")
    if !isLite, !variant.matches("legacy") { object.fail("tdx_attestation_variant", "is neither legacy nor lite") }
    try AgentError.during("vm_config", try object.finish())
  }
}
