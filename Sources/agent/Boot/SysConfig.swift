/// The members of `.sys-config.json` that the agent reads: how the host has set up the machine. None of it is measured, so none
/// of it is trusted.
final class SysConfig {
  /// Addresses of the KMS, tried in order.
  let kmsURLs: [[UInt8]]
  /// Where the host accepts notifications; empty if it accepts none.
  let hostAPIURL: [UInt8]
  /// The document whose hash is in MRCONFIGID of version 3; nil if there is none.
  let mrConfig: [UInt8]?
  /// A JSON document that describes the virtual machine; empty if there is none.
  let vmConfig: [UInt8]

  /// Parses the file's text. Throws `.invalid`; the text names the member.
  convenience init(_ text: [UInt8]) throws(AgentError) { try self.init(JSONObject(text)) }

  @inline(never)
  init(_ object: JSONObject) throws(AgentError) {
    kmsURLs = object.texts("kms_urls") ?? []
    hostAPIURL = object.text("host_api_url") ?? []
    vmConfig = object.text("vm_config") ?? []
    let document = object.text("mr_config") ?? []
    Self.checkForeign(object)
    try object.finish()
    // older hosts put the document only into vm_config
    mrConfig = document.isEmpty ? try VMDescription(vmConfig).mrConfig : document
  }

  /// Checks members that other programs use but release 0.6 parses strictly: an unknown member in them is an error.
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

/// The members of vm_config that the startup reads.
struct VMDescription {
  /// Whether verifiers recompute the registers without the ACPI tables (tdx_attestation_variant `lite`).
  let isLite: Bool
  /// The document `mr_config`; nil if there is none.
  let mrConfig: [UInt8]?

  /// `text` may be empty. Throws `.invalid` if it is not a JSON object, and for an unknown variant.
  init(_ text: [UInt8]) throws(AgentError) { try self.init(JSONObject(ifAny: text)) }

  init(_ object: JSONObject) throws(AgentError) {
    mrConfig = object.text("mr_config")
    let variant = object.text("tdx_attestation_variant") ?? bytes("legacy")
    isLite = variant.matches("lite")
    if !isLite, !variant.matches("legacy") { object.fail("tdx_attestation_variant", "is neither legacy nor lite") }
    try AgentError.during("vm_config", try object.finish())
  }
}
