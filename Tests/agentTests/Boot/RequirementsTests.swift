import Testing

@testable import agent

struct RequirementsTests {
  private static let hash = String(repeating: "ab", count: 32)

  @Test func none() throws {
    for text in [
      "", #""os_version":null,"platforms":null,"tdx_measure_acpi_tables":null,"launch_token_hash":null,"gpu_policy":null"#,
    ] {
      let requirements = try composeRequiring(text).requirements
      #expect(!requirements.areAbsent)
      #expect(requirements.osVersion == nil)
      #expect(requirements.platforms == nil)
      #expect(requirements.measuresACPITables == nil)
      #expect(requirements.launchTokenHash == nil)
    }
  }

  @Test func all() throws {
    let requirements = try composeRequiring(
      """
      "os_version":">=0.5","platforms":["dstack-tdx"],"tdx_measure_acpi_tables":false,"launch_token_hash":"\(Self.hash)",
      "gpu_policy":{ }
      """
    ).requirements
    #expect(requirements.osVersion != nil)
    #expect(requirements.platforms == [utf8("dstack-tdx")])
    #expect(requirements.measuresACPITables == false)
    #expect(requirements.launchTokenHash == [UInt8](repeating: 0xab, count: 32))
    #expect(requirements.gpuPolicy == utf8("{}"))
  }

  @Test(arguments: ["1", "2", #""1""#, #""2""#])
  func oldManifest(_ version: String) throws {
    #expect(
      failureText { _ = try AppCompose(utf8(#"{"manifest_version":\#(version),"name":"a","requirements":{}}"#)) }
        == #"requirements: need manifest_version "3""#)
    // no requirements are none in any version
    _ = try AppCompose(utf8(#"{"manifest_version":\#(version),"name":"a","requirements":null}"#))
  }

  @Test(arguments: [
    #""attest_gpu":true"#, #""health_check":false"#, #""OS_VERSION":"1""#, #""":1"#, #""os_version":"y""#, #""os_version":1"#,
    #""platforms":"dstack-tdx""#, #""platforms":[1]"#, #""tdx_measure_acpi_tables":"true""#, #""launch_token_hash":"00""#,
    #""launch_token_hash":"\#(Self.hash)00""#, #""launch_token_hash":"x""#, #""gpu_policy":[]"#,
    #""gpu_policy":{"attest_gpu":true}"#, #""gpu_policy":"""#, #""gpu_policy":{},"gpu_policy":{}"#,
    #""platforms":[],"platforms":[]"#,
  ])
  func refused(_ members: String) {
    #expect(failureText { _ = try composeRequiring(members) }?.hasPrefix("requirements: ") == true)
  }

  @Test func noGPUs() {
    #expect(
      failureText { _ = try composeRequiring(#""gpu_policy":{"attest_gpu":true}"#) }
        == "requirements: gpu_policy: demands something of GPUs, which this agent does not attest")
  }

  @Test func noObject() {
    for value in ["1", "[]", #""""#, "true"] {
      #expect(
        failureText { _ = try AppCompose(utf8(#"{"manifest_version":"3","name":"a","requirements":\#(value)}"#)) }?.hasPrefix(
          "requirements: ") == true)
    }
  }
}
