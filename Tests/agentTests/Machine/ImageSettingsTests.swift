import Foundation
import Testing

@testable import agent

struct ImageSettingsTests {
  private static func read(_ text: String) throws -> ImageSettings { try ImageSettings(utf8(text), from: utf8("f")) }

  /// The settings of an image, as text.
  private static func described(_ text: String) throws -> String {
    let settings = try read(text)
    let path = { (path: [UInt8]?) in path.map { String(decoding: $0, as: UTF8.self) } ?? "-" }
    return "\(settings.emitsEvents) \(path(settings.quoteSocket)) \(path(settings.dockerSocket)) \(settings.frontUser ?? 0)"
  }

  @Test(arguments: [
    ("{}", "true - - 0"), (#"{"default":{"core":{"emit_event":false}}}"#, "false - - 0"),
    (#"{"default":{"core":{"emit_event":true}},"quote":{},"docker":null,"front":{"user":null}}"#, "true - - 0"),
    (#"{"quote":{"address":"unix:/run/evidence.sock"},"docker":{"address":"unix:/d"}}"#, "true /run/evidence.sock /d 0"),
    (#"{"front":{"user":1}}"#, "true - - 1"), (#"{"front":{"user":4294967294}}"#, "true - - 4294967294"),
  ])
  func set(_ text: String, _ expected: String) throws { #expect(try Self.described(text) == expected) }

  /// Keys whose values follow from the host's files or from the machine, and names that are no keys.
  @Test(arguments: [
    ("default.core.keys_file", #"{"default":{"core":{"keys_file":"/k"}}}"#),
    ("default.core.compose_file", #"{"default":{"core":{"emit_event":true,"compose_file":"/k"}}}"#),
    ("default.core.sys_config_file", #"{"default":{"core":{"sys_config_file":"/k"}}}"#),
    ("default.core.data_disks", #"{"default":{"core":{"data_disks":["/"]}}}"#),
    ("internal", #"{"internal":{"address":"unix:/a"}}"#), ("internal-v0", #"{"internal-v0":{}}"#),
    ("external", #"{"external":{"port":80}}"#), ("guest-api", #"{"guest-api":{"port":80}}"#),
    ("quote.port", #"{"quote":{"address":"unix:/a","port":1}}"#), ("docker.port", #"{"docker":{"port":null}}"#),
    ("front.group", #"{"front":{"user":1,"group":1}}"#), ("emit_event", #"{"emit_event":false}"#),
    ("default.emit_event", #"{"default":{"emit_event":false}}"#), ("x", #"{"x":null}"#),
  ])
  func others(_ name: String, _ text: String) {
    #expect(
      failureText { _ = try Self.read(text) }
        == "f:1: " + name + ": an image can set only default.core.emit_event, quote.address, docker.address and front.user")
  }

  @Test(arguments: [
    (#"{"default":{"core":{"emit_event":"off"}}}"#, "default: core: emit_event: "), (#"{"default":[]}"#, "default: "),
    (#"{"quote":{"address":"unix:run"}}"#, "quote: address: must be unix:/PATH of at most 107 bytes"),
    (#"{"quote":{"address":"vsock:1"}}"#, "quote: address: must be unix:/PATH"), (#"{"quote":"unix:/a"}"#, "quote: "),
    (#"{"docker":{"address":"unix:/a\u0000b"}}"#, "docker: address: must be unix:/PATH"),
    (#"{"docker":{"address":1}}"#, "docker: address: "), (#"{"front":{"user":0}}"#, "front: user: is out of range"),
    (#"{"front":{"user":4294967295}}"#, "front: user: is out of range"), (#"{"front":{"user":"a"}}"#, "front: user: "),
    (#"{"front":{"user":1,"user":1}}"#, "front: user: is given twice"),
    (#"{"quote":{"address":"unix:/a"},"quote":{}}"#, "quote: is given twice"), ("", ""), ("[]", ""), ("{}x", ""),
  ])
  func malformed(_ text: String, _ told: String) {
    #expect(failureText { _ = try Self.read(text) }?.hasPrefix("f:1: " + told) == true)
  }

  @Test(arguments: [
    ("{\n\"front\":\n{\n\"user\":0}}", "f:4: front: user: is out of range"),
    ("{\n\n\"a\":1,\n\"b\":2}", "f:3: a: an image can set only "),
    ("{\n\"default\":{\n\"a\":1},\n\"b\":2}", "f:3: default.a: an image can set only "),
    ("{\"docker\":{},\n\"docker\":{}}", "f:2: docker: is given twice"),
    ("{\n\"front\":{},\n\"quote\":[]}", "f:3: quote: expected a JSON object"),
    ("{\"front\":{\n\"user\":1},\n}", "f:3: expected a JSON string"), ("{}\n\nx", "f:3: malformed JSON"),
  ])
  func linesAreNamed(_ text: String, _ told: String) {
    let found = failureText { _ = try Self.read(text) }
    #expect(found?.hasPrefix(told) == true, "\(found ?? "")")
  }

  @Test(arguments: [0, 1]) func limitOfPaths(_ above: Int) throws {
    let path = "/" + String(repeating: "x", count: Limits.socketPath - 1 + above)
    let text = #"{"quote":{"address":"unix:\#(path)"}}"#
    if above == 0 { #expect(try Self.described(text) == "true \(path) - 0") }
    if above > 0 { #expect(failureText { _ = try Self.read(text) } != nil) }
  }

  @Test func files() throws {
    let folder = try TemporaryFolder()
    let path = folder.bytes + utf8("/agent.json")
    #expect(try ImageSettings.read(path).emitsEvents)
    let text = utf8(#"{"default":{"core":{"emit_event":false}}}"#)
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: Limits.configFile - text.count)
    try folder.write("agent.json", text + padding)
    #expect(try !ImageSettings.read(path).emitsEvents)
    try folder.write("agent.json", text + padding + utf8(" "))
    #expect(failureText { _ = try ImageSettings.read(path) } == folder.path + "/agent.json: is too large")
  }

  /// The agent reads what is written.
  @Test func written() throws {
    let settings = try Self.read(
      #"{"quote":{"address":"unix:/run/é\""},"docker":{"address":"unix:/d"},"front":{"user":7}}"#)
    let config = try Config(json: JSONWriter.document { settings.write(to: $0) }.storage)
    guard case .unix(let quote) = config.quote?.address else { return #expect(Bool(false)) }
    #expect(quote == utf8("/run/é\"") && config.dockerSocket == utf8("/d") && config.frontUser == 7)
    #expect(JSONWriter.document { ImageSettings().write(to: $0) }.storage == utf8("{}"))
  }
}
