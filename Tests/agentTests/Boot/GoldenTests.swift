import Foundation
import Testing

@testable import agent

/// The cases of Tests/boot/golden.json, worked out by Tests/boot/boot_oracle.py.
struct GoldenTests {
  struct Case: Decodable {
    struct Line: Decodable {
      let event: String?
      let payload: String?
      let digest: String?
      let rtmr3: String?
    }

    let title: String
    let compose: String
    let info: String
    let vm_config: String
    let lines: [Line]
  }

  private static func cases() throws -> [Case] {
    let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../boot/golden.json").standardized
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }

  @Test func events() throws {
    let cases = try Self.cases()
    #expect(cases.count >= 20)
    for item in cases {
      let compose = try AppCompose(utf8(item.compose))
      let values = LaunchValues(composeFile: utf8(item.compose), compose, try InstanceInfo(utf8(item.info)))
      let found = try DryRun.report(compose, values, vmConfig: utf8(item.vm_config)).split(separator: 0x0a).map {
        try JSONDecoder().decode(Case.Line.self, from: Data($0))
      }
      #expect(found.count == item.lines.count, "\(item.title)")
      for (line, expected) in zip(found, item.lines) {
        #expect(line.event == expected.event, "\(item.title)")
        #expect(line.payload == expected.payload, "\(item.title)")
        #expect(line.digest == expected.digest, "\(item.title)")
        #expect(line.rtmr3 == expected.rtmr3, "\(item.title)")
      }
    }
  }

  @Test func linesAreJSON() throws {
    let text = #"{"manifest_version":2,"name":"a","runner":"none"}"#
    let lines = try DryRun.report(try AppCompose(utf8(text)), try launchValues(text), vmConfig: []).split(separator: 0x0a)
    #expect(
      String(decoding: lines[4], as: UTF8.self).hasPrefix(
        #"{"event":"instance-id","payload":null,"digest":null,"unknown":"random unless"#))
    #expect(lines.last.map(Array.init) == utf8(#"{"rtmr3":null}"#))
  }
}

struct LaunchValuesTests {
  private static let text = #"{"manifest_version":2,"name":"a","runner":"none","key_provider":"kms"}"#

  @Test func seeds() throws {
    #expect(try launchValues(Self.text, info: #"{"instance_id_seed":"0102"}"#).givenSeed == [1, 2])
    #expect(try launchValues(Self.text).givenSeed == nil)
    // without a key provider the host's seed is ignored
    let text = #"{"manifest_version":2,"name":"a","runner":"none"}"#
    #expect(try launchValues(text, info: #"{"instance_id_seed":"0102"}"#).givenSeed == nil)
  }

  @Test func instanceID() throws {
    let values = try launchValues(Self.text)
    #expect(values.instanceID(seed: [1]) == Array(Hash.sha256([1] + values.appID)[..<20]))
    let text = #"{"manifest_version":2,"name":"a","runner":"none","no_instance_id":true}"#
    #expect(try launchValues(text).instanceID(seed: [1]) == [])
  }
}
