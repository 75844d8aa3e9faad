import Testing

@testable import agent

/// Version 3 hashes the domain, a NUL and the bytes of the document.
struct MRConfigIDTests {
  private static let text = #"{"manifest_version":2,"name":"a","runner":"none","key_provider":"kms","init_script":["x"]}"#
  private static let providerID: [UInt8] = [1, 2, 3]
  private static let zeros = [UInt8](repeating: 0, count: 15)

  private static func check(
    _ register: [UInt8], _ document: String? = nil, provider: ProviderKind = .kms, providerID: [UInt8] = providerID
  ) throws {
    let values = try launchValues(text, info: #"{"instance_id_seed":"00"}"#)
    try MRConfigID(register: register, document: document.map(utf8)).check(
      values, instanceID: values.instanceID(seed: [0]), provider: provider, providerID: providerID)
  }

  private static func bound(_ document: String) -> [UInt8] {
    [3] + Hash.sha256(utf8("dstack-mr-config-v3:\0" + document)) + zeros
  }

  /// A document of upstream's tests and its known answer.
  @Test func hash() throws {
    struct Known: Decodable {
      let document: String
      let sha256: String
      let mr_config_id: String
    }
    let known: [Known] = try KnownAnswers.v1("mr_config_v3")
    #expect(known.count == 1)
    for known in known {
      #expect(MRConfigID.hash(of: utf8(known.document)) == octets(known.sha256))
      #expect(Self.bound(known.document) == octets(known.mr_config_id))
    }
  }

  @Test func unused() throws { try Self.check(RTMR.zero) }

  @Test func version1() throws {
    let hash = Hash.sha256(utf8(Self.text))
    try Self.check([1] + hash + Self.zeros)
    var other = hash
    other[31] ^= 1
    #expect(failureText { try Self.check([1] + other + Self.zeros) } == "mr_config_id is that of another launch")
    // the zeros at the end are checked as well
    #expect(failureText { try Self.check([1] + hash + Self.zeros.dropLast() + [1]) } != nil)
  }

  @Test func version2() throws {
    let values = try launchValues(Self.text)
    let register = [2] + Keccak.keccak(values.composeHash + values.appID + [2, 1, 2, 3], .bits256) + Self.zeros
    try Self.check(register)
    #expect(failureText { try Self.check(register, provider: .none) } != nil)
    #expect(failureText { try Self.check(register, providerID: [1, 2]) } != nil)
  }

  @Test func version3() throws {
    let values = try launchValues(Self.text)
    func hex(_ data: [UInt8]) -> String { String(decoding: Hex.encode(data), as: UTF8.self) }
    let least = #"{"compose_hash":"\#(hex(values.composeHash))","key_provider":"kms""#
    try Self.check(Self.bound(least + "}"), least + "}")
    let all = [
      ("app_id", #""\#(hex(values.appID))""#), ("instance_id", #""\#(hex(values.instanceID(seed: [0])))""#),
      ("key_provider_id", #""010203""#), ("gpu_policy_hash", #""\#(hex(values.gpuPolicyHash))""#),
      ("init_script_hashes", #"["\#(hex(values.initScriptHashes[0]))"]"#), ("version", "3"),
    ]
    for (name, value) in all {
      let document = least + #","\#(name)":\#(value)}"#
      try Self.check(Self.bound(document), document)
      // a document with another hash than the register's
      #expect(failureText { try Self.check(Self.bound(document), document + " ") } == "mr_config_id is that of another launch")
      guard name != "version" else { continue }
      // declaring no scripts differs from declaring an empty list
      let none = least + #","\#(name)":null}"#
      try Self.check(Self.bound(none), none)
      let empty = least + #","\#(name)":\#(name == "init_script_hashes" ? "[]" : #""""#)}"#
      #expect(
        failureText { try Self.check(Self.bound(empty), empty) } == "mr_config: \(name): is that of another launch", "\(name)")
    }
  }

  @Test func version3Refused() throws {
    let hash = String(decoding: Hex.encode(Hash.sha256(utf8(Self.text))), as: UTF8.self)
    #expect(failureText { try Self.check(Self.bound("{}")) } == "mr_config_id has version 3, and there is no mr_config")
    for document in [
      "", "{}", "[]", #"{"compose_hash":"\#(hash)"}"#, #"{"key_provider":"kms"}"#,
      #"{"compose_hash":"\#(hash)","key_provider":"none"}"#, #"{"compose_hash":"00","key_provider":"kms"}"#,
      #"{"compose_hash":"\#(hash)","key_provider":"kms","version":2}"#,
      #"{"compose_hash":"\#(hash)","key_provider":"kms","extra":1}"#,
      #"{"compose_hash":"\#(hash)","key_provider":"kms","key_provider":"kms"}"#,
    ] {
      #expect(failureText { try Self.check(Self.bound(document), document) }?.hasPrefix("mr_config: ") == true, "\(document)")
    }
  }

  @Test func unknownVersion() {
    for first: UInt8 in [0, 4, 255] {
      #expect(
        failureText { try Self.check([first] + [UInt8](repeating: 1, count: 47)) } == "mr_config_id has an unknown version")
    }
  }
}
