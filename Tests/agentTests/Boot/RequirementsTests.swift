import Testing

@testable import agent

struct RequirementsTests {
  private static let hash = String(repeating: "ab", count: 32)

  @Test func none() throws {
    for text in [
      "",
      """
      "os_version":null,"platforms":null,"tdx_measure_acpi_tables":null,"launch_token_hash":null,"health_check":null,
      "health_status_file":null
      """,
    ] {
      let requirements = try composeRequiring(text).requirements
      #expect(!requirements.areAbsent)
      #expect(requirements.osVersion == nil)
      #expect(requirements.platforms == nil)
      #expect(requirements.measuresACPITables == nil)
      #expect(requirements.launchTokenHash == nil)
      #expect(requirements.gpuPolicy.needsAttestation)
      #expect(requirements.gpuPolicy.canonical == utf8("{}"))
    }
  }

  @Test func all() throws {
    let requirements = try composeRequiring(
      """
      "os_version":">=0.5","platforms":["dstack-tdx"],"tdx_measure_acpi_tables":false,"launch_token_hash":"\(Self.hash)",
      "gpu_policy":{ },"health_check":true,"health_status_file":"/run/health"
      """
    ).requirements
    #expect(requirements.osVersion != nil)
    #expect(requirements.platforms == [utf8("dstack-tdx")])
    #expect(requirements.measuresACPITables == false)
    #expect(requirements.launchTokenHash == [UInt8](repeating: 0xab, count: 32))
    #expect(requirements.gpuPolicy.canonical == utf8("{}"))
  }

  /// Absent requirements are allowed in every manifest version.
  @Test(arguments: ["1", "2", #""1""#, #""2""#])
  func oldManifest(_ version: String) throws { _ = try compose(#""requirements":null"#, manifest: version) }

  @Test(arguments: [
    #""attest_gpu":true"#, #""health_check":0"#, #""health_status_file":1"#, #""health_check":true,"health_check":true"#,
    #""health_status_file":null,"health_status_file":"/a""#, #""OS_VERSION":"1""#, #""":1"#, #""os_version":"y""#,
    #""os_version":1"#,
    #""platforms":"dstack-tdx""#, #""platforms":[1]"#, #""tdx_measure_acpi_tables":"true""#, #""launch_token_hash":"00""#,
    #""launch_token_hash":"\#(Self.hash)00""#, #""launch_token_hash":"x""#, #""gpu_policy":[]"#,
    #""gpu_policy":null"#, #""gpu_policy":"""#, #""gpu_policy":{},"gpu_policy":{}"#,
    #""platforms":["dstack-tdx"],"platforms":["dstack-tdx"]"#,
  ])
  func refused(_ members: String) {
    #expect(failureText { _ = try composeRequiring(members) }?.hasPrefix("requirements: ") == true)
  }

  @Test func unknownMembers() {
    #expect(
      failureText { _ = try composeRequiring(#""new":null"#) } == "requirements: has a member that this agent does not know")
  }

  @Test func platforms() throws {
    let known = ["dstack-tdx", "dstack-gcp-tdx", "dstack-amd-sev-snp", "dstack-nitro-enclave", "dstack-aws-nitro-tpm"]
    for name in known {
      #expect(try composeRequiring(#""platforms":["\#(name)"]"#).requirements.platforms == [utf8(name)])
      for other in ["", name + "2", name.uppercased()] {
        #expect(
          failureText { _ = try composeRequiring(#""platforms":["\#(name)","\#(other)"]"#) }
            == "requirements: platforms: names an unknown platform")
      }
    }
    #expect(failureText { _ = try composeRequiring(#""platforms":[]"#) } == "requirements: platforms: is empty")
  }

  @Test func healthFile() throws {
    for path in ["/", "/run/health", "/größe", "/" + String(repeating: "a", count: 5000)] {
      for runner in ["docker-compose", "nerdctl-compose", "bash", ""] {
        _ = try composeRequiring(#""health_check":true,"health_status_file":"\#(path)""#, runner: runner)
      }
    }
    for path in ["", "health", "./health", " /health", "\\u0000/health"] {
      let members = #""health_status_file":"\#(path)""#
      #expect(
        failureText { _ = try composeRequiring(#""health_check":true,\#(members)"#) }
          == "requirements: health_status_file: must be an absolute path")
      // without a health check the file's name may be anything
      _ = try composeRequiring(#""health_check":false,\#(members)"#)
      _ = try composeRequiring(members)
    }
  }

  @Test func healthOfContainers() throws {
    for file in ["", #","health_status_file":null"#] {
      _ = try composeRequiring(#""health_check":true\#(file)"#)
      #expect(
        failureText { _ = try composeRequiring(#""health_check":true\#(file)"#, runner: "nerdctl-compose") }
          == "requirements: health_check: needs health_status_file with the runner nerdctl-compose: this agent runs no nerdctl")
      for runner in ["bash", "", "Docker-Compose", "docker-compose "] {
        #expect(
          failureText { _ = try composeRequiring(#""health_check":true\#(file)"#, runner: runner) }
            == "requirements: health_check: needs health_status_file with a runner other than docker-compose")
        for off in [#""health_check":false"#, #""health_check":null"#] { _ = try composeRequiring(off + file, runner: runner) }
      }
    }
  }

  @Test func noObject() {
    for value in ["1", "[]", #""""#, "true"] {
      #expect(
        failureText { _ = try compose(#""requirements":\#(value)"#, manifest: #""3""#) }?.hasPrefix("requirements: ") == true)
    }
  }
}
