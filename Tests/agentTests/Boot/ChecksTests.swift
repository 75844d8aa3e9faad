import Foundation
import Testing

@testable import agent

struct ChecksTests {
  private static func check(
    _ members: String, platform: Platform = .tdx, osVersion: String? = "0.5.11", vm: String = "{}", userConfig: String? = nil
  ) throws {
    try Checks.requirements(
      composeRequiring(members).requirements, platform: platform, osVersion: osVersion.map(utf8), vm: VMDescription(utf8(vm)),
      userConfig: userConfig.map(utf8))
  }

  @Test func nothing() throws { try Self.check("", osVersion: nil) }

  @Test func platforms() throws {
    try Self.check(#""platforms":["dstack-nitro-enclave","dstack-tdx"]"#)
    try Self.check(#""platforms":["dstack-gcp-tdx","dstack-tdx"]"#, platform: .gcpTDX)
    #expect(
      failureText { try Self.check(#""platforms":["dstack-gcp-tdx","dstack-amd-sev-snp"]"#, platform: .gcpTDX) }
        == "dstack-gcp-tdx: cannot be verified here, and the app does not allow dstack-tdx")
    #expect(
      failureText { try Self.check(#""platforms":["dstack-tdx"]"#, platform: .gcpTDX) }?.hasPrefix("dstack-gcp-tdx: ") == true)
    #expect(
      failureText { try Self.check(#""platforms":["dstack-amd-sev-snp","dstack-gcp-tdx"]"#) }
        == "dstack-tdx: is not among the app's platforms")
  }

  @Test func gpus() throws {
    let folder = try TemporaryFolder()
    let none = GPUPolicy(in: nil)
    let lax = try composeRequiring(#""gpu_policy":{"attest_gpu":false}"#).requirements.gpuPolicy
    // no PCI bus at all
    try Checks.gpus(none, pciDevices: folder.bytes + utf8("/none"))
    try Checks.gpus(none, pciDevices: folder.bytes)
    try FileManager.default.createDirectory(atPath: folder.path + "/0000:00:01.0", withIntermediateDirectories: false)
    try Checks.gpus(lax, pciDevices: folder.bytes)
    #expect(
      failureText { try Checks.gpus(none, pciDevices: folder.bytes) }
        == "PCI device 0000:00:01.0: cannot read its class: not found"
    )
    try folder.write("0000:00:01.0/class", utf8("0x030000\n"))
    try Checks.gpus(lax, pciDevices: folder.bytes)
    #expect(
      failureText { try Checks.gpus(none, pciDevices: folder.bytes) }
        == """
        PCI device 0000:00:01.0: is a display, and this agent attests no GPU: remove it (QEMU adds a VGA card unless started with \
        -nodefaults or -vga none), or set attest_gpu of requirements.gpu_policy to false
        """)
    try folder.write("0000:00:01.0/class", utf8("0x020000\n"))
    try Checks.gpus(none, pciDevices: folder.bytes)
  }

  @Test func osVersion() throws {
    try Self.check(#""os_version":">=0.5.10, <0.6""#)
    #expect(failureText { try Self.check(#""os_version":">=0.6""#) } == "the app does not allow this OS version")
    for version in [nil, "", "12", "0.5", "0.5.11 "] {
      #expect(
        failureText { try Self.check(#""os_version":"*""#, osVersion: version) }
          == "the app needs an OS version, and the image has no valid VERSION_ID")
    }
  }

  @Test func acpiTables() throws {
    let (lite, legacy) = (#"{"tdx_attestation_variant":"lite"}"#, #"{"tdx_attestation_variant":"legacy"}"#)
    let (yes, no) = (#""tdx_measure_acpi_tables":true"#, #""tdx_measure_acpi_tables":false"#)
    try Self.check(yes, vm: legacy)
    try Self.check(yes)
    try Self.check(no, vm: lite)
    #expect(failureText { try Self.check(yes, vm: lite) } != nil)
    #expect(failureText { try Self.check(no, vm: legacy) } != nil)
    #expect(failureText { try Self.check(no) } != nil)
    for demand in [yes, no] {
      for vm in [lite, legacy, "{}"] {
        #expect(
          failureText { try Self.check(demand, platform: .gcpTDX, vm: vm) }
            == "the app sets tdx_measure_acpi_tables, which cannot be verified on dstack-gcp-tdx")
      }
    }
    try Self.check("", platform: .gcpTDX, vm: lite)
  }

  /// The hash is `printf 'dstack-launch-token/v1:%s' TOKEN | sha256sum`.
  @Test func launchToken() throws {
    let token = "0123456789abcdef0123456789abcdef"
    let requirement = #""launch_token_hash":"b6263115fd8657aee9b3a829b36602b2c79dae3e4d612d2e97b4a17f10897fe3""#
    try Self.check(requirement, userConfig: #"{"x":1,"dstack":{"y":2,"launch_token":"\#(token)"}}"#)
    #expect(failureText { try Self.check(requirement) } == "the app needs a launch token, and there is no .user-config")
    #expect(
      failureText { try Self.check(requirement, userConfig: #"{"dstack":{"launch_token":"\#(token)x"}}"#) }
        == "the launch token is not the one that the app needs")
    for config in [
      "", "{}", "[]", "text", #"{"launch_token":"\#(token)"}"#, #"{"dstack":{}}"#, #"{"dstack":"\#(token)"}"#,
      #"{"dstack":{"launch_token":1}}"#, #"{"dstack":{"launch_token":"a","launch_token":"\#(token)"}}"#,
      #"{"dstack":{},"dstack":{"launch_token":"\#(token)"}}"#,
    ] {
      #expect(failureText { try Self.check(requirement, userConfig: config) }?.hasPrefix(".user-config: ") == true, "\(config)")
    }
  }

  /// Upstream's known answer.
  @Test func knownToken() throws {
    try Self.check(
      #""launch_token_hash":"28faa1319055d733ad9651f5ab7689c15b04609846bcd27b3c5bc8df6246f5a3""#,
      userConfig: #"{"dstack":{"launch_token":"unit-test-launch-token-0000000001"}}"#)
  }

  @Test func tokenLength() throws {
    for (length, isLongEnough) in [(31, false), (32, true)] {
      let token = String(repeating: "t", count: length)
      let hash = Hash.sha256(utf8("dstack-launch-token/v1:" + token))
      let text = failureText { try LaunchToken.check(utf8(#"{"dstack":{"launch_token":"\#(token)"}}"#), hash: hash) }
      #expect(text == (isLongEnough ? nil : "the launch token is shorter than 32 bytes"))
    }
  }

  @Test func pin() throws {
    try Checks.pin(compose(), providerID: [1])
    try Checks.pin(compose(#""key_provider_id":"""#), providerID: [])
    try Checks.pin(compose(#""key_provider_id":"0102""#), providerID: [1, 2])
    for id: [UInt8] in [[], [1], [1, 2, 3], [2, 1]] {
      #expect(
        failureText { try Checks.pin(compose(#""key_provider_id":"0102""#), providerID: id) }
          == "the key provider is not the one that app-compose pins by key_provider_id")
    }
  }
}

struct MachineFactsTests {
  @Test func platform() {
    #expect(Platform(productName: utf8("Google Compute Engine")) == .gcpTDX)
    #expect(Platform(productName: utf8("Google Compute Engine\n")) == .gcpTDX)
    for name in ["", "Standard PC (Q35 + ICH9, 2009)", "Google Compute Engine 2"] {
      #expect(Platform(productName: utf8(name)) == .tdx)
    }
  }

  @Test(arguments: [
    ("VERSION_ID=0.5.11", "0.5.11"), ("NAME=x\nVERSION_ID=\"0.6.0\"\n", "0.6.0"), ("VERSION_ID='1'\n", "1"),
    ("VERSION_ID=1\nVERSION_ID=2\n", "2"), ("VERSION_ID=\n", ""), ("VERSION_ID=\"\n", "\""), ("VERSION_ID=\"\"\n", ""),
    ("VERSION_ID=\"1'\n", "\"1'"), ("", nil), ("# VERSION_ID=1\n", nil), ("XVERSION_ID=1\n", nil), ("VERSION_ID\n", nil),
  ])
  func versionID(_ text: String, _ expected: String?) {
    #expect(OSRelease.value(of: "VERSION_ID", utf8(text)) == expected.map(utf8))
  }
}
