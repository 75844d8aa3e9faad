import Foundation
import Testing

@testable import agent

@Suite struct EvidenceTests {
  private func encoded(_ log: EventLog, stripped: Bool) throws -> [UInt8] {
    try VersionedAttestation(
      quote: Vectors.data(Vectors.quote), log: log, reportData: Vectors.data(Vectors.reportData),
      config: Vectors.data(Vectors.config)
    ).encoded(stripped: stripped, for: .v0).all()
  }

  @Test func versionZero() throws {
    let log = try Vectors.log { _ in .one }
    #expect(try encoded(log, stripped: false) == Vectors.data(Vectors.versionZero))
    #expect(try encoded(log, stripped: true) == Vectors.data(Vectors.versionZeroStripped))
  }

  @Test func versionOne() throws {
    let log = try Vectors.log { $0 % 2 == 0 ? .one : .two }
    #expect(try encoded(log, stripped: false) == Vectors.data(Vectors.versionOne))
    #expect(try encoded(log, stripped: true) == Vectors.data(Vectors.versionOneStripped))
  }

  @Test func eventLog() throws {
    let log = try Vectors.log { $0 % 2 == 0 ? .one : .two }
    #expect(log.json.all() == Vectors.data(Vectors.eventLog))
  }

  @Test func bounds() throws {
    let log = try Vectors.log { _ in .one }
    for count in [63, 65] {
      let attestation = VersionedAttestation(quote: [], log: log, reportData: [UInt8](repeating: 0, count: count), config: [])
      #expect(failureText { _ = try attestation.encoded(stripped: false, for: .v0) } != nil)
    }
    // V0 around the quote: 2 bytes, the quote's length in 4, two empty vectors, report data, an empty config
    let around = 2 + 4 + 1 + 1 + 64 + 1
    for (excess, fits) in [(0, true), (1, false)] {
      let attestation = VersionedAttestation(
        quote: [UInt8](repeating: 0, count: 10 * 1024 * 1024 - around + excess),
        log: EventLog(boot: EventStore(), runtime: EventStore()),
        reportData: Vectors.data(Vectors.reportData), config: [])
      #expect((failureText { _ = try attestation.encoded(stripped: false, for: .v0) } == nil) == fits)
    }
  }

  @Test(arguments: [(false, Vectors.appInfo), (true, Vectors.appInfoDeclared)])
  func appInfo(declared: Bool, expected: String) throws {
    let info = AppInfo(
      registers: Vectors.registers(declared: declared), history: RuntimeEventHistory(Vectors.events { _ in .one }),
      osImageHash: try VMConfig.osImageHash(Vectors.data(Vectors.config)))
    #expect(info.certificateExtension == Vectors.data(expected))
  }

  @Test func withoutEvents() throws {
    let info = AppInfo(registers: Vectors.registers(declared: false), history: RuntimeEventHistory(), osImageHash: [])
    #expect(info.appID.isEmpty && info.keyProvider.isEmpty)
    let registers = Vectors.registers(declared: false)
    let image = registers.mrtd + registers.rtmr0 + registers.rtmr1 + registers.rtmr2
    #expect(info.mrSystem == (Hash.sha256(image + [UInt8](repeating: 0, count: 32))))
    #expect(info.mrAggregated == (Hash.sha256(image + [UInt8](repeating: 0, count: 48))))
  }

  @Test func tcbInfo() throws {
    let registers = Vectors.registers(declared: false)
    let log = try Vectors.log { _ in .one }
    let info = AppInfo(registers: registers, history: RuntimeEventHistory(Vectors.events { _ in .one }), osImageHash: [0xab])
    let compose = try AppDescription(Array("{\"name\":\"ü\"}\n".utf8)).compose.escaped
    let text = info.tcbInfo(registers, log, compose: compose).all()
    let parsed = try #require(try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
    func hex(_ name: String) -> [UInt8] { Vectors.data(parsed[name] as? String ?? "") }
    #expect(
      Set(parsed.keys) == [
        "mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "mr_aggregated", "os_image_hash", "compose_hash", "device_id", "event_log",
        "app_compose",
      ])
    #expect(hex("mrtd") == registers.mrtd && hex("rtmr0") == registers.rtmr0 && hex("rtmr1") == registers.rtmr1)
    #expect(hex("rtmr2") == registers.rtmr2 && hex("rtmr3") == registers.rtmr3)
    #expect(hex("mr_aggregated") == info.mrAggregated && hex("device_id") == info.deviceID)
    #expect(hex("os_image_hash") == [0xab] && hex("compose_hash") == info.composeHash)
    #expect((parsed["event_log"] as? [Any])?.count == Vectors.boot.count + Vectors.runtime.count)
    #expect(parsed["app_compose"] as? String == "{\"name\":\"ü\"}\n")
  }

  /// Long data are hashed in a child, and stay unread in the parent.
  @Test(arguments: [0, 1]) func digest(excess: Int) throws {
    let loop = try Loop()
    let absent = TDXPaths(report: [], measurements: [], device: [], attestConfig: [], ccel: [])
    let evidence = try Evidence(loop, Jobs(loop), vmConfig: [], paths: absent)
    let data = (0..<(Limits.digestAtOnce + excess)).map { UInt8(truncatingIfNeeded: $0) }
    let long = body(data)
    let order = try CertificateOrder(LeafRequest(), key: .generate(), hasEvidence: true, version: .v0, for: nil)
    var digest: [UInt8]?
    evidence.digest(long, for: order) { digest = try? $0.get() }
    #expect((digest != nil) == (excess == 0))
    #expect(loop.turn { digest != nil })
    #expect(digest == Hash.sha256(data) && long.all() == data)
  }

  @Test func vmConfig() throws {
    for text in ["", "{}", "{\"os_image_hash\":null}", "{\"cpu_count\":1.5,\"x\":{\"os_image_hash\":\"01\"}}"] {
      #expect(try VMConfig.osImageHash(Array(text.utf8)).isEmpty)
    }
    #expect(try VMConfig.osImageHash(Array("{\"os_image_hash\":\"0x00fF\"}".utf8)) == [0, 255])
    let longest = String(repeating: "ab", count: 64)
    #expect(try VMConfig.osImageHash(Array("{\"os_image_hash\":\"\(longest)\"}".utf8)).count == 64)
    for text in [
      " ", "[]", "{\"os_image_hash\":1}", "{\"os_image_hash\":\"0\"}", "{\"os_image_hash\":\"xy\"}",
      "{\"os_image_hash\":\"\(longest)ab\"}", "{} {}",
    ] {
      #expect(failureText { _ = try VMConfig.osImageHash(Array(text.utf8)) } != nil, "\(text)")
    }
  }

  @Test func tdReport() throws {
    var report = (0..<1024).map { UInt8(truncatingIfNeeded: $0 / 16) }
    let registers = try TDReport.registers(report)
    #expect(registers.mrtd == Array(report[528..<576]) && registers.configID == Array(report[576..<624]))
    #expect(registers.owner == Array(report[624..<672]) && registers.ownerConfig == Array(report[672..<720]))
    #expect(registers.rtmr0 == Array(report[720..<768]) && registers.rtmr3 == Array(report[864..<912]))
    report.removeLast()
    #expect(failureText { _ = try TDReport.registers(report) } != nil)
  }

  @Test func malformedQuote() {
    var quote: [UInt8] = [4, 0, 2, 0, 0x81, 0, 0, 0] + [UInt8](repeating: 1, count: 625)
    #expect(failureText { _ = try Quote.reportData(quote) } == nil)
    #expect(failureText { _ = try Quote.reportData(Array(quote.dropLast())) } != nil)
    for position in [0, 2, 4] {
      quote[position] ^= 1
      #expect(failureText { _ = try Quote.registers(quote) } != nil)
      quote[position] ^= 1
    }
  }
}
