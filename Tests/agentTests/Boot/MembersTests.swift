import Foundation
import Testing

@testable import agent

/// The JSON objects in the host's files whose members release 0.6 defines.
private enum Document: String, CaseIterable {
  case appCompose = "app-compose.json"
  case requirements = "requirements of app-compose.json"
  case gpuPolicy = "gpu_policy of these"
  case sysConfig = ".sys-config.json"
  case collateralURLs = "collateral_urls of .sys-config.json"
  case gatewayCluster = "an entry of gateway_clusters of .sys-config.json"
  case vmConfig = "vm_config of .sys-config.json"

  /// The path before a member's name, as in `JSONObject.unasked`.
  var path: String {
    switch self {
    case .appCompose, .sysConfig, .vmConfig: ""
    case .requirements: "requirements."
    case .gpuPolicy: "requirements.gpu_policy."
    case .collateralURLs: "collateral_urls."
    case .gatewayCluster: "gateway_clusters."
    }
  }

  /// The members that 0.6 knows (dstack-types); of vm_config, which describes the machine to verifiers, only those that the
  /// startup reads. `MembersTests.complete` wants a row for each.
  var members: String {
    switch self {
    case .appCompose:
      """
      manifest_version name features runner snapshotter docker_compose_file bash_script init_script pre_launch_script public_logs
      public_sysinfo public_tcbinfo kms_enabled gateway_enabled tproxy_enabled local_key_provider_enabled key_provider
      key_provider_id allowed_envs no_instance_id secure_time storage_fs storage_discard swap_size event_log_version port_policy
      requirements verity_volumes docker_config
      """
    case .requirements: "platforms tdx_measure_acpi_tables launch_token_hash gpu_policy health_check health_status_file"
    case .gpuPolicy: "attest_gpu rego allow_devtools allow_debug allow_insecure_boot"
    case .sysConfig:
      """
      kms_urls gateway_urls tproxy_urls gateway_clusters pccs_url collateral_urls nvidia_attestation_proxy_url docker_registry
      host_api_url mr_config vm_config
      """
    case .collateralURLs: "pccs amd_kds"
    case .gatewayCluster: "name urls"
    case .vmConfig: "mr_config tdx_attestation_variant"
    }
  }

  /// A complete file of the host's with these members in this object, and all that is required besides.
  func text(_ members: String) -> String {
    switch self {
    case .appCompose:
      let needed = [("manifest_version", #""3""#), ("name", #""a""#), ("runner", #""docker-compose""#)]
      let missing = needed.filter { !members.contains("\"\($0.0)\":") }.map { "\"\($0.0)\":\($0.1)" }
      return "{" + (missing + [members]).joined(separator: ",") + "}"
    case .requirements: return Document.appCompose.text("\"requirements\":{\(members)}")
    case .gpuPolicy: return Document.requirements.text("\"gpu_policy\":{\(members)}")
    case .sysConfig, .vmConfig: return "{\(members)}"
    case .collateralURLs: return Document.sysConfig.text("\"collateral_urls\":{\(members)}")
    case .gatewayCluster: return Document.sysConfig.text("\"gateway_clusters\":[{\(members)}]")
    }
  }

  /// Reads that file as the startup does.
  func read(_ object: JSONObject) throws {
    switch self {
    case .appCompose, .requirements, .gpuPolicy: _ = try AppCompose(object)
    case .sysConfig, .collateralURLs, .gatewayCluster: _ = try SysConfig(object)
    case .vmConfig: _ = try VMDescription(object)
    }
  }
}

private enum Verdict {
  /// It is read, and a value that is not understood is an error.
  case honoured
  /// It is refused, because this agent cannot do what it asks for.
  case refused
  /// Others read it, or nobody does: no promise to the app or its users depends on it, whatever it says.
  case harmless
}

private struct Member: CustomTestStringConvertible {
  let document: Document
  let name: String
  let verdict: Verdict
  /// A value that is accepted and one that is not, as JSON.
  let right: String
  let wrong: String
  /// Other members that it requires.
  let others: String

  init(
    _ document: Document, _ name: String, _ verdict: Verdict, _ right: String = "", _ wrong: String = "",
    with others: String = ""
  ) {
    (self.document, self.name, self.verdict, self.right, self.wrong) = (document, name, verdict, right, wrong)
    self.others = others
  }

  var testDescription: String { "\(name) in \(document.rawValue)" }

  func object(_ value: String) -> JSONObject {
    JSONObject(utf8(document.text("\"\(name)\":\(value)" + (others.isEmpty ? "" : "," + others))))
  }
}

/// Every member of release 0.6, one per row.
private let rows = [
  Member(.appCompose, "manifest_version", .honoured, #""3""#, "3"),
  Member(.appCompose, "name", .honoured, #""b""#, "1"),
  Member(.appCompose, "runner", .honoured, #""bash""#, "1"),
  Member(.appCompose, "snapshotter", .honoured, #""stargz""#, #""zfs""#, with: #""runner":"nerdctl-compose""#),
  Member(.appCompose, "init_script", .honoured, #"["a","b"]"#, "[1]"),
  Member(.appCompose, "public_logs", .honoured, "true", "1"),
  Member(.appCompose, "public_sysinfo", .honoured, "true", "1"),
  Member(.appCompose, "public_tcbinfo", .honoured, "false", "0"),
  Member(.appCompose, "kms_enabled", .honoured, "true", "1"),
  Member(.appCompose, "local_key_provider_enabled", .honoured, "true", "1"),
  Member(.appCompose, "key_provider", .honoured, #""kms""#, #""snp_derived""#),
  Member(.appCompose, "key_provider_id", .honoured, #""00ff""#, #""0""#),
  Member(.appCompose, "allowed_envs", .honoured, #"["A"]"#, #""A""#),
  Member(.appCompose, "no_instance_id", .honoured, "true", "1"),
  Member(.appCompose, "storage_fs", .honoured, #""zfs""#, "1"),
  Member(.appCompose, "event_log_version", .honoured, "2", "3"),
  Member(.appCompose, "requirements", .honoured, "{}", "[]"),
  Member(
    .appCompose, "verity_volumes", .refused,
    #"[{"source":"a.img","verity_root":"\#(String(repeating: "00", count: 32))","target":"/a"}]"#),
  // for the programs that start the app
  Member(.appCompose, "docker_compose_file", .harmless),
  Member(.appCompose, "bash_script", .harmless),
  // not harmless where the machine has no OS; like others below, see AppComposeTests
  Member(.appCompose, "pre_launch_script", .harmless),
  Member(.appCompose, "docker_config", .harmless),
  // for the gateway
  Member(.appCompose, "features", .harmless),
  Member(.appCompose, "gateway_enabled", .harmless),
  Member(.appCompose, "tproxy_enabled", .harmless),
  Member(.appCompose, "port_policy", .harmless),
  // for storage, which others set up
  Member(.appCompose, "storage_discard", .harmless),
  Member(.appCompose, "swap_size", .harmless),
  // harmless only so far: upstream waits until chrony has set the clock, while certificate times here come from the host's clock
  Member(.appCompose, "secure_time", .harmless),

  // of release 0.5
  Member(.requirements, "os_version", .honoured, #"">=0.5""#, #""y""#),
  Member(.requirements, "platforms", .honoured, #"["dstack-tdx"]"#, "[]"),
  Member(.requirements, "tdx_measure_acpi_tables", .honoured, "true", "1"),
  Member(.requirements, "launch_token_hash", .honoured, #""\#(String(repeating: "00", count: 32))""#, #""00""#),
  Member(.requirements, "gpu_policy", .honoured, "{}", "null"),
  Member(.requirements, "health_check", .honoured, "true", "1"),
  Member(.requirements, "health_status_file", .honoured, #""/a""#, #""a""#, with: #""health_check":true"#),

  Member(.gpuPolicy, "attest_gpu", .honoured, "false", "null"),
  Member(.gpuPolicy, "allow_devtools", .honoured, "true", "1"),
  Member(.gpuPolicy, "allow_debug", .honoured, "true", #""true""#),
  Member(.gpuPolicy, "allow_insecure_boot", .honoured, "true", "null"),
  Member(.gpuPolicy, "rego", .refused, #""package policy\n\ndefault nv_match = true""#),

  Member(.sysConfig, "kms_urls", .honoured, #"["https://a"]"#, #""https://a""#),
  Member(.sysConfig, "host_api_url", .honoured, #""vsock://2:1/api""#, "1"),
  Member(.sysConfig, "mr_config", .honoured, #""{}""#, "{}"),
  Member(.sysConfig, "vm_config", .honoured, #""{}""#, "{}"),
  // for the gateway and verifiers, but parsed strictly
  Member(.sysConfig, "gateway_clusters", .honoured, #"[{"name":"a","urls":["https://b"]}]"#, #"[{"new":1}]"#),
  Member(.sysConfig, "collateral_urls", .honoured, #"{"pccs":"https://a"}"#, #"{"new":1}"#),
  Member(.sysConfig, "gateway_urls", .harmless),
  Member(.sysConfig, "tproxy_urls", .harmless),
  Member(.sysConfig, "pccs_url", .harmless),
  Member(.sysConfig, "nvidia_attestation_proxy_url", .harmless),
  Member(.sysConfig, "docker_registry", .harmless),

  Member(.collateralURLs, "pccs", .honoured, #""https://a""#, "1"),
  Member(.collateralURLs, "amd_kds", .honoured, #""https://a""#, "1"),
  Member(.gatewayCluster, "name", .honoured, #""a""#, "1"),
  Member(.gatewayCluster, "urls", .honoured, #"["https://a"]"#, #""https://a""#),

  Member(.vmConfig, "mr_config", .honoured, #""{}""#, "{}"),
  Member(.vmConfig, "tdx_attestation_variant", .honoured, #""lite""#, #""measured""#),
]

struct MembersTests {
  @Test(arguments: rows.filter { $0.verdict == .honoured })
  fileprivate func honoured(_ member: Member) throws {
    try member.document.read(member.object(member.right))
    #expect(failureText { try member.document.read(member.object(member.wrong)) }?.contains(member.name) == true)
  }

  @Test(arguments: rows.filter { $0.verdict == .refused })
  fileprivate func refused(_ member: Member) throws {
    #expect(failureText { try member.document.read(member.object(member.right)) }?.contains(member.name) == true)
  }

  @Test(arguments: rows.filter { $0.verdict == .harmless })
  fileprivate func harmless(_ member: Member) throws {
    for value in ["null", "true", "0", "-1.5e300", #""text""#, "[]", #"[{"a":[1]}]"#, "{}", #"{"new":{"rego":null}}"#] {
      try member.document.read(member.object(value))
    }
  }

  /// Each member that 0.6 knows has exactly one row.
  @Test(arguments: Document.allCases)
  fileprivate func complete(_ document: Document) {
    let found = rows.filter { $0.document == document }.map(\.name)
    #expect(Set(found).count == found.count)
    for name in document.members.split(whereSeparator: \.isWhitespace) { #expect(found.contains(String(name))) }
  }

  /// The startup reads exactly the members that are not harmless.
  @Test(arguments: rows)
  fileprivate func asked(_ member: Member) throws {
    let object = member.object(member.verdict == .harmless ? "1" : member.right)
    do { try member.document.read(object) } catch { #expect(member.verdict == .refused) }
    // objects in a list are not tracked by the outer object
    if member.document == .gatewayCluster { return }
    let unasked = object.unasked().map { String(decoding: $0, as: UTF8.self) }
    #expect(unasked == (member.verdict == .harmless ? [member.document.path + member.name] : []))
  }

  /// Every member that the source reads has a row, so none can be added without one.
  @Test func source() throws {
    let sources = URL(filePath: #filePath).appending(path: "../../../../Sources/agent").standardized
    var names: Set<String> = []
    let files = ["Boot/AppCompose", "Boot/Requirements", "Boot/GPUPolicy", "Boot/SysConfig", "App/AppVisibility"]
    for file in files {
      let text = try String(contentsOf: sources.appending(path: file + ".swift"), encoding: .utf8)
      let ask = /\.(?:text|texts|flag|number|hex|hexList|object|secret|read|value|has|isText|isNull)\("(\w+)"/
      names.formUnion(text.matches(of: ask).map { String($0.1) })
      for list in text.matches(of: /(?:member|flags): (?:StaticString|\[StaticString\]) = (.*)/) {
        names.formUnion(list.1.matches(of: /"(\w+)"/).map { String($0.1) })
      }
    }
    #expect(names == Set(rows.filter { $0.verdict != .harmless }.map(\.name)))
  }
}
