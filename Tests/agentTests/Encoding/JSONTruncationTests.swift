import Testing

@testable import agent

/// Whatever reads JSON reads a text that is cut off anywhere: it refuses it or takes it, and never traps.
struct JSONTruncationTests {
  /// A text that a parser takes, and the parser.
  private struct Seed {
    let name: String
    let text: String
    let parse: ([UInt8]) throws -> Void

    init(_ name: String, _ text: String, _ parse: @escaping ([UInt8]) throws -> Void) {
      self.name = name
      self.text = text
      self.parse = parse
    }
  }

  private static let compose = #"""
    {"manifest_version":"3","name":"a\u00e9","init_script":["x"],"key_provider":"kms","kms_enabled":true,
    "local_key_provider_enabled":false,"key_provider_id":"0x00ff","allowed_envs":["A","B"],"no_instance_id":true,
    "storage_fs":"zfs","event_log_version":2,"public_logs":true,"public_sysinfo":false,"public_tcbinfo":null,
    "requirements":{"os_version":">=0.5","platforms":["dstack-tdx"],"tdx_measure_acpi_tables":false,
    "launch_token_hash":"\#(String(repeating: "ab", count: 32))","gpu_policy":{}},"x":[{"y":-1.5e3}]}
    """#
  private static let id = String(repeating: "0a", count: 20)
  private static let token = String(repeating: "t", count: 32)

  private static func mrConfig() throws -> (text: String, values: LaunchValues) {
    let values = try launchValues(compose)
    let hash = String(decoding: Hex.encode(values.composeHash), as: UTF8.self)
    let appID = String(decoding: Hex.encode(values.appID), as: UTF8.self)
    return (
      #"{"version":3,"compose_hash":"\#(hash)","key_provider":"kms","app_id":"\#(appID)","instance_id":"","init_script_hashes":null}"#,
      values
    )
  }

  private static func keys(_ provider: String) -> String {
    var file = AppKeyFile()
    file["key_provider"] = provider
    return file.text
  }

  /// Asks for `a` as everything that a member can be asked for as; most of that is refused.
  private static func everyForm(_ text: [UInt8]) {
    for ask: (JSONObject) -> Void in [
      { _ = $0.text("a") }, { _ = $0.secret("a") }, { _ = $0.flag("a") }, { _ = $0.number("a") }, { _ = $0.texts("a") },
      { _ = $0.hex("a") }, { _ = $0.hexList("a") }, { _ = $0.object("a")?.number("a") }, { _ = $0.isText("a") },
      { _ = $0.key("a") }, { _ = try? $0.pem("a") }, { _ = $0.value("a") }, { _ = $0.unasked() },
    ] {
      let object = JSONObject(text, foreign: "is foreign")
      ask(object)
      _ = try? object.finish()
    }
  }

  private static func seeds() throws -> [Seed] {
    let (mrConfig, values) = try mrConfig()
    let key = AppKeyFile.quoted(KeyFiles.sec1)
    let appKeys: ([UInt8]) throws -> Void = { _ = try AppKeys.parse(try Secret(copying: $0)) }
    let replay: ([UInt8]) throws -> Void = { _ = try Replay.report($0) }
    return [
      Seed("a member in every form", #"{"a": "00\u0066F"}"#, everyForm),
      Seed("a member in every form", #"{"a":["00"]}"#, everyForm),
      Seed("a member in every form", #"{"a":{"a":18446744073709551615}}"#, everyForm),
      Seed("a member in every form", #"{"a":null}"#, everyForm),
      Seed("app-compose", compose) { _ = try AppCompose($0) },
      Seed("app-compose, one script", #"{"manifest_version":1,"name":"a","init_script":"x"}"#) { _ = try AppCompose($0) },
      Seed(
        "sys-config",
        #"{"kms_urls":["https://a"],"host_api_url":"vsock://2:1/api","mr_config":null,"vm_config":"{\"mr_config\":\"x\"}"}"#
      ) { _ = try SysConfig($0) },
      Seed("vm_config", #"{"tdx_attestation_variant":"lite","mr_config":"x"}"#) { _ = try VMDescription($0) },
      Seed("vm_config, image", #"{"cpu_count":1,"os_image_hash":"0aff"}"#) { _ = try VMConfig.osImageHash($0) },
      Seed("instance_info", #"{"app_id":"\#(id)","instance_id_seed":"0x01","instance_id":null}"#) { _ = try InstanceInfo($0) },
      Seed("mr_config", mrConfig) {
        try MRConfig.check($0, values, instanceID: [], provider: .kms, providerID: [0, 255])
      },
      Seed("user-config", #"{"dstack":{"x":1,"launch_token":"\#(token)"}}"#) {
        try LaunchToken.check($0, hash: Hash.sha256(utf8("dstack-launch-token/v1:" + token)))
      },
      Seed("encrypted-env", #"{"env":[{"key":"A","value":"x\n"},{"value":"","key":"B"}]}"#) {
        _ = try DecryptedEnv(plain: ArraySource($0), allowed: [utf8("A"), utf8("B")])
      },
      Seed("decrypted-env.json", #"{"A":"1","B_2":"a\u00e9"}"#) { _ = try AppEnvironment.parse($0) },
      Seed("appkeys, None", AppKeyFile().text, appKeys),
      Seed("appkeys, Local", keys(#"{"Local":{"mr":"0aFf","key":\#(key)}}"#), appKeys),
      Seed("appkeys, Tpm", keys(#"{"Tpm":{"key":\#(key),"pubkey":"0102"}}"#), appKeys),
      Seed(
        "appkeys, Kms", keys(#"{"Kms":{"url":"https://k","pubkey":"03","tmp_ca_key":\#(key),"tmp_ca_cert":"PEM"}}"#), appKeys),
      Seed(
        "configuration",
        #"""
        {"log":1,"default":{"core":{"keys_file":"/k","compose_file":"/c","sys_config_file":"/s","data_disks":["/","/a"],"y":{}}},
        "internal":{"address":"unix:/a"},"internal-v0":{"address":"unix:b"},"external":{"address":"::1","port":1},
        "guest-api":{"address":"vsock:0x10","port":2},"quote":{"address":"127.0.0.1","port":3},"docker":{"address":"unix:/d"}}
        """#
      ) { _ = try Config(json: $0) },
      Seed(
        "containers",
        #"""
        [{"Id":"ab","Names":["/one","/two"],"Image":"i","ImageID":"s","Created":17,"State":"running","Status":"Up"},
        {"Id":"cd","Names":null,"Labels":{"a":"b"}}]
        """#
      ) { _ = try Container.parse($0) },
      Seed("container", #"{"Id":"x","Config":{"A":1,"Tty":true}}"#) { _ = try Container.hasTerminal($0) },
      Seed(
        "replay, array",
        #"[{"imr":0,"event_type":10,"digest":"00"},{"imr":3,"event_type":134217729,"digest":"","event":"a","event_payload":"01","version":2}]"#,
        replay),
      Seed("replay, lines", #"{"event":"a","payload":"AQ==","version":2}"# + "\n" + #"{"event":"b","payload":""}"#, replay),
      Seed(
        "GetTlsKey",
        #"{"subject":"a","alt_names":["b","c"],"usage_ra_tls":true,"not_before":null,"not_after":9,"x":{"y":[]}}"#
      ) {
        var message = GetTlsKey.Arguments()
        try JSONFieldReader($0).fill(&message)
      },
      Seed("Verify", #"{"algorithm":"ed25519","data":"0x00ff","signature":"01","public_key":""}"#) {
        var message = Verify.Arguments()
        try JSONFieldReader($0).fill(&message)
      },
    ]
  }

  @Test func everyPrefix() throws {
    for seed in try Self.seeds() {
      let text = utf8(seed.text)
      #expect(failureText { try seed.parse(text) } == nil, "\(seed.name)")
      for count in text.indices { _ = try? seed.parse(Array(text[..<count])) }
    }
  }
}
