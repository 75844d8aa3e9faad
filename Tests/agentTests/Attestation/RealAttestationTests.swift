import Foundation
import Testing

@testable import agent

/// Takes a V0 attestation apart: the agent only writes them.
private struct Decoder {
  var data: ArraySlice<UInt8>

  mutating func take(_ count: Int) throws -> [UInt8] {
    try #require(count <= data.count)
    defer { data = data.dropFirst(count) }
    return Array(data.prefix(count))
  }

  mutating func number(_ count: Int) throws -> Int { try take(count).reversed().reduce(0) { $0 << 8 | Int($1) } }

  mutating func compact() throws -> Int {
    let size = [1, 2, 4][Int(try #require(data.first) & 3)]
    return try number(size) >> 2
  }

  mutating func bytes() throws -> [UInt8] { try take(compact()) }
}

/// An attestation whose quote Intel signed.
@Suite(.enabled(if: Vectors.shared("data/attestation-v0.bin") != nil)) struct RealAttestationTests {
  private func decoded() throws -> (file: [UInt8], attestation: VersionedAttestation) {
    let file = try #require(Vectors.shared("data/attestation-v0.bin"))
    var decoder = Decoder(data: file[...])
    #expect(try decoder.number(2) == 0)
    let quote = try decoder.bytes()
    var boot: [LogEvent] = []
    var digests: [[UInt8]] = []
    for _ in 0..<(try decoder.compact()) {
      let register = UInt32(try decoder.number(4))
      let event = LogEvent(
        register: register, type: UInt32(try decoder.number(4)), digest: try decoder.bytes(), name: try decoder.bytes(),
        payload: try decoder.bytes())
      if register < 3 { boot.append(event) } else { digests.append(event.digest) }
    }
    var runtime: [RuntimeEvent] = []
    for _ in 0..<(try decoder.compact()) {
      runtime.append(RuntimeEvent(name: try decoder.bytes(), payload: try decoder.bytes(), version: .one))
    }
    #expect(runtime.map(\.digest) == digests)
    let reportData = try decoder.take(64)
    let config = try decoder.bytes()
    #expect(decoder.data.isEmpty)
    let log = EventLog(boot: EventStore(boot), runtime: RuntimeEventHistory(runtime).events)
    return (file, VersionedAttestation(quote: quote, log: log, reportData: reportData, config: config))
  }

  @Test func sameBytesAgain() throws {
    let (file, attestation) = try decoded()
    #expect(try attestation.encoded(stripped: false, for: .v0).all() == file)
  }

  @Test func replaysToTheQuote() throws {
    let (_, attestation) = try decoded()
    let registers = try Quote.registers(attestation.quote)
    let events = attestation.log.boot.list + attestation.log.runtime.list
    for (index, value) in [registers.rtmr0, registers.rtmr1, registers.rtmr2, registers.rtmr3].enumerated() {
      #expect(RTMR.replay(events, register: UInt32(index)) == value)
    }
    #expect(attestation.log.runtime.register == registers.rtmr3)
  }

  @Test(.enabled(if: Vectors.shared("spec/vectors.json") != nil)) func appInfo() throws {
    let (_, attestation) = try decoded()
    let vectors = try JSONSerialization.jsonObject(with: Data(try #require(Vectors.shared("spec/vectors.json"))))
    let expected = try #require(((vectors as? [String: Any])?["fixture"] as? [String: Any])?["app_info"] as? [String: String])
    let config = try JSONSerialization.jsonObject(with: Data(attestation.config)) as? [String: Any]
    let vmConfig = try #require(config?["vm_config"] as? String)
    let info = AppInfo(
      registers: try Quote.registers(attestation.quote),
      history: RuntimeEventHistory(
        attestation.log.runtime.list.map { RuntimeEvent(name: $0.name, payload: $0.payload, version: .one) }),
      osImageHash: try VMConfig.osImageHash(Array(vmConfig.utf8)))
    let found = [
      ("app_id", info.appID), ("compose_hash", info.composeHash), ("instance_id", info.instanceID),
      ("device_id", info.deviceID), ("mr_system", info.mrSystem), ("mr_aggregated", info.mrAggregated),
      ("os_image_hash", info.osImageHash),
    ]
    for (name, value) in found {
      #expect(Vectors.data(try #require(expected[name])) == value, "\(name)")
    }
    #expect(Array(try #require(expected["key_provider_info"]).utf8) == info.keyProvider)
  }
}
