import Testing

@testable import agent

struct SysConfigTests {
  @Test func all() throws {
    let config = try SysConfig(
      utf8(
        #"""
        {"kms_urls":["https://a","https://b"],"gateway_urls":[],"pccs_url":"","docker_registry":null,"host_api_url":"vsock://2:1/api",
        "mr_config":"{}","vm_config":"{\"os_image_hash\":\"00\"}"}
        """#))
    #expect(config.kmsURLs == [utf8("https://a"), utf8("https://b")])
    #expect(config.hostAPIURL == utf8("vsock://2:1/api"))
    #expect(config.mrConfig == utf8("{}"))
    #expect(config.vmConfig == utf8(#"{"os_image_hash":"00"}"#))
  }

  @Test func nothing() throws {
    for text in ["{}", #"{"kms_urls":null,"host_api_url":null,"mr_config":null,"vm_config":null}"#] {
      let config = try SysConfig(utf8(text))
      #expect(config.kmsURLs.isEmpty)
      #expect(config.hostAPIURL.isEmpty)
      #expect(config.mrConfig == nil)
      #expect(config.vmConfig.isEmpty)
    }
  }

  /// The document in vm_config, where older hosts put it.
  @Test func mrConfigInVMConfig() throws {
    #expect(try SysConfig(utf8(#"{"vm_config":"{\"mr_config\":\"x\"}"}"#)).mrConfig == utf8("x"))
    #expect(try SysConfig(utf8(#"{"mr_config":"","vm_config":"{\"mr_config\":\"x\"}"}"#)).mrConfig == utf8("x"))
    #expect(try SysConfig(utf8(#"{"mr_config":"y","vm_config":"{\"mr_config\":\"x\"}"}"#)).mrConfig == utf8("y"))
  }

  @Test(arguments: [
    "", "[]", #"{"kms_urls":"a"}"#, #"{"host_api_url":1}"#, #"{"mr_config":{}}"#, #"{"vm_config":{}}"#, #"{"vm_config":"x"}"#,
    #"{"vm_config":"{}","vm_config":"{}"}"#, #"{"kms_urls":[],"kms_urls":[]}"#,
  ])
  func refused(_ text: String) { #expect(failureText { _ = try SysConfig(utf8(text)) } != nil) }

  /// Two members for other programs are strict: unknown members in them are refused.
  @Test func strictMembers() throws {
    for text in [
      #"{"collateral_urls":null,"gateway_clusters":null}"#, #"{"collateral_urls":{},"gateway_clusters":[]}"#,
      #"{"collateral_urls":{"pccs":"https://a","amd_kds":null}}"#,
      #"{"gateway_clusters":[{"name":"a","urls":["https://b","https://c"]},{"name":"d","urls":[]}]}"#,
    ] {
      _ = try SysConfig(utf8(text))
    }
    for (text, failure) in [
      (#"{"collateral_urls":{"pccs":"a","new":"b"}}"#, "collateral_urls: has a member that this agent does not know"),
      (#"{"collateral_urls":{"pccs":"a","pccs":"b"}}"#, "collateral_urls: pccs: is given twice"),
      (
        #"{"gateway_clusters":[{"name":"a","urls":[]},{"name":"a","urls":[],"new":null}]}"#,
        "gateway_clusters: has a member that this agent does not know"
      ),
    ] {
      #expect(failureText { _ = try SysConfig(utf8(text)) } == failure)
    }
    for text in [
      #"{"collateral_urls":"a"}"#, #"{"collateral_urls":{"amd_kds":1}}"#, #"{"gateway_clusters":{}}"#,
      #"{"gateway_clusters":[1]}"#, #"{"gateway_clusters":[null]}"#, #"{"gateway_clusters":[{"name":1,"urls":[]}]}"#,
      #"{"gateway_clusters":[{"name":"a","urls":"b"}]}"#, #"{"gateway_clusters":[{"name":"a","urls":[1]}]}"#,
    ] {
      let text = failureText { _ = try SysConfig(utf8(text)) }
      #expect(text?.hasPrefix("collateral_urls: ") == true || text?.hasPrefix("gateway_clusters: ") == true)
    }
  }

  @Test func vmDescription() throws {
    #expect(try !VMDescription([]).isLite)
    #expect(try !VMDescription(utf8("{}")).isLite)
    #expect(try !VMDescription(utf8(#"{"tdx_attestation_variant":"legacy"}"#)).isLite)
    #expect(try VMDescription(utf8(#"{"tdx_attestation_variant":"lite"}"#)).isLite)
    for text in [#"{"tdx_attestation_variant":"measurement"}"#, #"{"tdx_attestation_variant":""}"#, "[]", "{}x"] {
      #expect(failureText { _ = try VMDescription(utf8(text)) }?.hasPrefix("vm_config: ") == true)
    }
  }
}

struct InstanceInfoTests {
  private static let id = String(repeating: "0a", count: 20)

  @Test func values() throws {
    let info = try InstanceInfo(utf8(#"{"app_id":"\#(Self.id)","instance_id_seed":"0x01","instance_id":"00","other":1}"#))
    #expect(info.appID == [UInt8](repeating: 10, count: 20))
    #expect(info.seed == [1])
    for text in ["{}", #"{"app_id":"","instance_id_seed":""}"#, #"{"app_id":null,"instance_id_seed":null}"#] {
      let info = try InstanceInfo(utf8(text))
      #expect(info.appID.isEmpty)
      #expect(info.seed.isEmpty)
    }
  }

  @Test func lengths() throws {
    for digits in [2, 38, 42, 64] {
      let id = String(repeating: "0", count: digits)
      #expect(failureText { _ = try InstanceInfo(utf8(#"{"app_id":"\#(id)"}"#)) } == "app_id: is not 20 bytes")
    }
    let most = String(repeating: "00", count: Limits.instanceSeed)
    #expect(try InstanceInfo(utf8(#"{"instance_id_seed":"\#(most)"}"#)).seed.count == 64)
    #expect(
      failureText { _ = try InstanceInfo(utf8(#"{"instance_id_seed":"\#(most)00"}"#)) }
        == "instance_id_seed: is longer than 64 bytes")
  }

  @Test(arguments: ["", #"{"app_id":1}"#, #"{"app_id":"x"}"#, #"{"app_id":"","app_id":""}"#, #"{"instance_id_seed":"0"}"#])
  func refused(_ text: String) { #expect(failureText { _ = try InstanceInfo(utf8(text)) } != nil) }
}
