import Testing

@testable import agent

struct AppComposeTests {
  @Test func defaults() throws {
    let compose = try compose()
    #expect(compose.name == utf8("a"))
    #expect(compose.initScripts.isEmpty)
    #expect(!compose.visibility.logs)
    #expect(!compose.visibility.sysinfo)
    #expect(compose.visibility.tcbInfo)
    #expect(compose.keyProvider == .none)
    #expect(compose.keyProviderID.isEmpty)
    #expect(compose.allowedEnvs.isEmpty)
    #expect(!compose.noInstanceID)
    #expect(compose.storageFS.isEmpty)
    #expect(compose.eventLogVersion == .one)
    #expect(compose.requirements.areAbsent)
  }

  /// A member that is null counts as absent.
  @Test func nulls() throws {
    let names = [
      "init_script", "public_logs", "public_sysinfo", "public_tcbinfo", "key_provider", "kms_enabled",
      "local_key_provider_enabled", "key_provider_id", "allowed_envs", "no_instance_id", "storage_fs", "event_log_version",
      "requirements", "snapshotter", "verity_volumes",
    ]
    let compose = try compose(names.map { #""\#($0)":null"# }.joined(separator: ","))
    #expect(compose.visibility.tcbInfo && !compose.visibility.logs && !compose.visibility.sysinfo)
    #expect(compose.keyProvider == .none && compose.keyProviderID.isEmpty && compose.allowedEnvs.isEmpty)
    #expect(!compose.noInstanceID && compose.storageFS.isEmpty && compose.eventLogVersion == .one)
    #expect(compose.initScripts.isEmpty && compose.requirements.areAbsent)
  }

  @Test func values() throws {
    let compose = try compose(
      #"""
      "public_logs":true,"public_sysinfo":true,"public_tcbinfo":false,"key_provider":"kms","key_provider_id":"0x00FF",
      "allowed_envs":["A","B"],"no_instance_id":true,"storage_fs":"zfs","event_log_version":2,"init_script":["a","b"],
      "docker_compose_file":"services: {}","pre_launch_script":{"name":1}
      """#, manifest: #""3""#)
    #expect(compose.visibility.logs)
    #expect(compose.visibility.sysinfo)
    #expect(!compose.visibility.tcbInfo)
    #expect(compose.keyProvider == .kms)
    #expect(compose.keyProviderID == [0, 255])
    #expect(compose.allowedEnvs == [utf8("A"), utf8("B")])
    #expect(compose.noInstanceID)
    #expect(compose.storageFS == utf8("zfs"))
    #expect(compose.eventLogVersion == .two)
    #expect(compose.initScripts == [utf8("a"), utf8("b")])
  }

  @Test(arguments: ["1", "2", #""1""#, #""2""#, #""3""#, #"" 3""#, #""3 ""#, #""\n\t\r\f\u000b3  ""#])
  func manifest(_ version: String) throws { _ = try compose(manifest: version) }

  @Test(arguments: [
    "0", "3", "4", "-1", "2.0", "1e0", "18446744073709551616", "null", "true", "[]", #""""#, #""0""#, #""4""#, #""03""#,
    #""+3""#, #"" ""#, #""3 3""#, #"" 4 ""#, #"" 03""#, #""\u00a03""#, #""\u00003""#,
    #""3.0""#, #""18446744073709551616""#, #""x""#,
  ])
  func noManifest(_ version: String) {
    #expect(failureText { _ = try compose(manifest: version) }?.hasPrefix("manifest_version: ") == true)
  }

  @Test func runner() throws {
    for runner in ["docker-compose", "bash", "none", "", "another"] { _ = try compose(runner: runner) }
    for members in ["", #","runner":null"#] {
      #expect(
        failureText { _ = try AppCompose(utf8(#"{"manifest_version":2,"name":"a"\#(members)}"#)) } == "runner: is missing")
    }
    #expect(
      failureText { _ = try AppCompose(utf8(#"{"manifest_version":2,"name":"a","runner":1}"#)) }?.hasPrefix("runner: ") == true)
  }

  /// Features that an older agent would ignore need a manifest version that it refuses.
  @Test func newManifest() throws {
    let needs = [
      (#""requirements":{}"#, "docker-compose", #"requirements: need manifest_version "3""#),
      ("", "nerdctl-compose", #"runner: nerdctl-compose needs manifest_version "3""#),
      (#""init_script":["a","b"]"#, "bash", #"init_script: more than one needs manifest_version "3""#),
    ]
    for (members, runner, text) in needs {
      for version in ["1", "2", #""1""#, #"" 2""#] {
        #expect(failureText { _ = try compose(members, manifest: version, runner: runner) } == text)
      }
      _ = try compose(members, manifest: #""3""#, runner: runner)
    }
    #expect(try compose(#""init_script":["a"]"#).initScripts == [[0x61]])
  }

  @Test func snapshotter() throws {
    for name in ["overlayfs", "stargz"] {
      _ = try compose(#""snapshotter":"\#(name)""#, manifest: #""3""#, runner: "nerdctl-compose")
      #expect(
        failureText { _ = try compose(#""snapshotter":"\#(name)""#, manifest: #""3""#) }
          == "snapshotter: is for the runner nerdctl-compose only")
    }
    for name in [#""""#, #""Stargz""#, #""zfs""#] {
      #expect(
        failureText { _ = try compose(#""snapshotter":\#(name)"#, manifest: #""3""#, runner: "nerdctl-compose") }
          == "snapshotter: is neither overlayfs nor stargz")
    }
  }

  @Test func volumes() throws {
    _ = try compose(#""verity_volumes":[ ]"#)
    for volume in ["1", "null", #"{"source":"a.img","verity_root":"00","target":"/a"}"#] {
      #expect(
        failureText { _ = try compose(#""verity_volumes":[\#(volume)]"#) } == "verity_volumes: are not mounted by this agent")
    }
    #expect(failureText { _ = try compose(#""verity_volumes":{}"#) }?.hasPrefix("verity_volumes: ") == true)
  }

  @Test(arguments: [
    (#""key_provider":"none""#, ProviderKind.none), (#""key_provider":"local""#, .local), (#""key_provider":"kms""#, .kms),
    (#""key_provider":"tpm""#, .tpm), (#""kms_enabled":true"#, .kms), (#""local_key_provider_enabled":true"#, .local),
    (#""kms_enabled":true,"local_key_provider_enabled":true"#, .kms), (#""kms_enabled":false"#, .none),
    (#""kms_enabled":true,"key_provider":"none""#, .none), (#""kms_enabled":true,"key_provider":null"#, .kms),
    (#""key_provider":null"#, .none),
  ])
  func provider(_ members: String, _ expected: ProviderKind) throws { #expect(try compose(members).keyProvider == expected) }

  @Test(arguments: [
    #""key_provider":"KMS""#, #""key_provider":"""#, #""key_provider":"snp_derived""#, #""key_provider":1"#,
    #""key_provider":"kms","kms_enabled":1"#, #""local_key_provider_enabled":"true""#,
    #""key_provider_id":"0""#, #""key_provider_id":"xx""#, #""allowed_envs":"A""#,
    #""allowed_envs":[1]"#, #""no_instance_id":"true""#, #""storage_fs":1"#,
    #""public_tcbinfo":0"#, #""event_log_version":0"#, #""event_log_version":3"#,
    #""event_log_version":"1""#, #""event_log_version":258"#, #""init_script":1"#,
    #""init_script":["a",1]"#, #""init_script":{}"#,
  ])
  func badValue(_ members: String) {
    let name = members.split(separator: "\"")[0]
    let text = failureText { _ = try compose(members) }
    // where two members are given, the second one is at fault
    #expect(text?.hasPrefix(name + ": ") == true || members.contains("\",\"") && text != nil)
  }

  @Test func initScripts() throws {
    #expect(try compose(#""init_script":"""#).initScripts == [[]])
    #expect(try compose(#""init_script":"\u00e9""#).initScripts == [utf8("é")])
    #expect(try compose(#""init_script":null"#).initScripts.isEmpty)
    let most = repeatElement(#""a""#, count: Limits.initScripts).joined(separator: ",")
    #expect(try compose(#""init_script":[\#(most)]"#, manifest: #""3""#).initScripts.count == Limits.initScripts)
    #expect(
      failureText { _ = try compose(#""init_script":[\#(most),"a"]"#, manifest: #""3""#) }
        == "init_script: has more than 5 scripts")
  }

  @Test(arguments: [
    #""name":"b""#, #""manifest_version":2"#, #""n\u0061me":"b""#, #""key_provider":null,"key_provider":"kms""#,
    #""public_logs":true,"public_logs":true"#, #""requirements":null,"requirements":null"#,
  ])
  func twice(_ members: String) {
    #expect(failureText { _ = try compose(members) }?.hasSuffix(": is given twice") == true)
  }

  @Test(arguments: [
    "", "[]", "null", "{", #"{"manifest_version":2,"runner":"none"}"#, #"{"name":"a","runner":"none"}"#,
    #"{"manifest_version":2,"name":"a","runner":"none"} x"#,
  ])
  func noObject(_ text: String) { #expect(failureText { _ = try AppCompose(utf8(text)) } != nil) }

  /// Members for other programs are ignored, but the whole text must be JSON.
  @Test func foreignMembers() throws {
    _ = try compose(#""x":1,"y":{"requirements":{"a":1,"a":2}}"#)
    #expect(failureText { _ = try compose(#""x":01"#) } != nil)
  }

  /// Members that an operating system would honour, and a machine without one cannot.
  @Test(arguments: [
    (#""runner":"none""#, ""), (#""runner":"none","swap_size":null,"gateway_enabled":false,"secure_time":false"#, ""),
    (#""runner":"docker-compose""#, "runner"), (#""runner":"none","init_script":"x""#, "init_script"),
    (#""runner":"none","init_script":[]"#, ""), (#""runner":"none","swap_size":0"#, "swap_size"),
    (#""runner":"none","port_policy":{}"#, "port_policy"), (#""runner":"none","gateway_enabled":true"#, "gateway_enabled"),
    (#""runner":"none","pre_launch_script":"true""#, "pre_launch_script"),
    (#""runner":"none","pre_launch_script":1"#, "pre_launch_script"),
    (#""runner":"none","pre_launch_script":"","storage_fs":"zfs""#, ""), (#""runner":"none","pre_launch_script":null"#, ""),
    (#""runner":"none","tproxy_enabled":true"#, "tproxy_enabled"), (#""runner":"none","secure_time":true"#, "secure_time"),
    (#""runner":"none","secure_time":1"#, "secure_time"),
  ])
  func wholeMachine(_ members: String, _ refused: String) throws {
    let text = utf8(#"{"manifest_version":2,"name":"a",\#(members)}"#)
    _ = try AppCompose(text)
    let failure = failureText { _ = try AppCompose(text, isWholeMachine: true) }
    #expect(refused.isEmpty ? failure == nil : failure?.hasPrefix(refused + ": ") == true)
  }
}
