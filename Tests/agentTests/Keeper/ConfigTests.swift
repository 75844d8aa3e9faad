import Testing

@testable import agent

struct ConfigTests {
  /// Every setting, one per line, for comparison.
  private static func described(_ config: Config) -> [String] {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: Unicode.UTF8.self) }
    func address(_ address: ListenAddress) -> String {
      switch address {
      case .unix(let path): "unix \(text(path))"
      case .tcp(let literal): "tcp \(text(literal))"
      case .vsock(let cid): "vsock \(cid)"
      }
    }
    return [
      "keys \(text(config.keysFile))", "compose \(text(config.composeFile))", "sys \(text(config.sysConfigFile))",
      "disks \(config.dataDisks.map(text))", "internal \(address(config.apps.address))",
      "v0 \(address(config.tappd.address))",
      "external \(address(config.external.address)) \(config.external.port)",
      "guest \(address(config.guestAPI.address)) \(config.guestAPI.port)", "docker \(text(config.dockerSocket))",
      "unknown \(config.unknown.map(text))",
    ]
  }

  /// From docs/spec/listeners.md.
  private static let defaults = [
    "keys /dstack/.host-shared/.appkeys.json", "compose /dstack/.host-shared/app-compose.json",
    "sys /dstack/.host-shared/.sys-config.json",
    "disks [\"/\"]", "internal unix /var/run/dstack/dstack.sock", "v0 unix /var/run/dstack/tappd.sock",
    "external tcp 0.0.0.0 8090",
    "guest vsock 4294967295 8000", "docker /var/run/docker.sock", "unknown []",
  ]

  /// How a file differs from the defaults.
  private static func changes(_ text: String) throws -> [String] {
    described(try Config(json: Array(text.utf8))).filter { !defaults.contains($0) }
  }

  @Test func defaultsWithoutAFile() { #expect(Self.described(Config()) == Self.defaults) }

  @Test(
    arguments: [
      ("{}", []), (" {\"default\":{}} \n", []),
      ("{\"default\":{\"core\":{}},\"internal\":{},\"internal-v0\":{},\"external\":{},\"guest-api\":{}}", []),
      // as OS images have it
      ("{\"default\":{\"core\":{\"data_disks\":[\"/\",\"/mnt\"]}}}", ["disks [\"/\", \"/mnt\"]"]),
      ("{\"default\":{\"core\":{\"data_disks\":[\"/a\",\"/\",\"/a\"]}}}", ["disks [\"/a\", \"/\"]"]),
      ("{\"default\":{\"core\":{\"data_disks\":[]}}}", ["disks []"]),
      (
        "{\"default\":{\"core\":{\"keys_file\":\"/k\",\"compose_file\":\"/c\",\"sys_config_file\":\"/s\"}}}",
        ["keys /k", "compose /c", "sys /s"]
      ),
      (
        "{\"internal\":{\"address\":\"unix:/a\"},\"internal-v0\":{\"address\":\"unix:b\"}}", ["internal unix /a", "v0 unix b"]
      ),
      ("{\"docker\":{\"address\":\"unix:/d\"}}", ["docker /d"]),
      ("{\"external\":{\"address\":\"127.0.0.1\",\"port\":0}}", ["external tcp 127.0.0.1 0"]),
      // a member that is null counts as absent
      ("{\"default\":null,\"external\":{\"port\":null}}", []), ("{\"default\":{\"core\":{\"keys_file\":null}}}", []),
      ("{\"external\":{\"port\":65535}}", ["external tcp 0.0.0.0 65535"]),
      ("{\"external\":{\"address\":\"::1\"}}", ["external tcp ::1 8090"]),
      ("{\"guest-api\":{\"address\":\"vsock:3\",\"port\":4294967295}}", ["guest vsock 3 4294967295"]),
      ("{\"guest-api\":{\"address\":\"vsock:0x10\"}}", ["guest vsock 16 8000"]),
      ("{\"guest-api\":{\"address\":\"vsock:4294967295\"}}", []),
      ("{\"guest-api\":{\"address\":\"vsock:0xFFFFFFFF\"}}", []),
      ("{\"guest-api\":{\"address\":\"unix:/g\"}}", ["guest unix /g 8000"]),
      // what has no meaning here is reported by its dotted name
      (
        "{\"log_level\":\"debug\",\"default\":{\"workers\":[8],\"core\":{\"x\":{\"y\":null}}},\"internal\":{\"reuse\":true},\"release\":{}}",
        ["unknown [\"log_level\", \"default.workers\", \"default.core.x\", \"internal.reuse\", \"release\"]"]
      ),
      ("{\"core\":{\"keys_file\":1},\"x\":\"\\ud800\"}", ["unknown [\"core\", \"x\"]"]),
    ] as [(String, [String])])
  func files(_ text: String, _ expected: [String]) throws { #expect(try Self.changes(text) == expected) }

  @Test(arguments: [
    "", "null", "[]", "{", "{}x", "{\"default\":[]}", "{\"default\":{\"core\":1}}",
    "{\"default\":{\"core\":{\"keys_file\":1}}}",
    "{\"default\":{\"core\":{\"data_disks\":\"/\"}}}",
    "{\"default\":{\"core\":{\"data_disks\":[1]}}}",
    "{\"external\":{\"port\":4294967296}}", "{\"external\":{\"port\":-1}}", "{\"external\":{\"port\":\"8090\"}}",
    "{\"external\":{\"port\":8090.0}}",
    "{\"guest-api\":{\"port\":4294967296}}", "{\"guest-api\":{\"address\":\"vsock:\"}}",
    "{\"guest-api\":{\"address\":\"vsock:0x\"}}",
    "{\"guest-api\":{\"address\":\"vsock:any\"}}", "{\"guest-api\":{\"address\":\"vsock:-1\"}}",
    "{\"guest-api\":{\"address\":\"vsock:4294967296\"}}",
    "{\"guest-api\":{\"address\":\"vsock:0x100000000\"}}", "{\"internal\":{\"address\":\"unix:\"}}",
    "{\"internal\":{\"address\":1}}", "{\"x\":}", "{\"front\":{\"user\":0}}", "{\"front\":{\"user\":4294967295}}",
    "{\"front\":{\"user\":\"nobody\"}}",
    "address = \"unix:/a\"\n",
  ])
  func refused(_ text: String) { #expect(refusal { _ = try Config(json: Array(text.utf8)) } == .invalid) }
}
