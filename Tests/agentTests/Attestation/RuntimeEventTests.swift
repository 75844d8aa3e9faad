import Testing

@testable import agent

@Suite struct RuntimeEventTests {
  @Test func digests() throws {
    var events: [RuntimeEvent] = []
    for (name, payload, version, preimage, digest) in Vectors.events {
      let event = RuntimeEvent(
        name: Vectors.data(name), payload: Vectors.data(payload), version: try #require(RuntimeEvent.Version(rawValue: version))
      )
      #expect(event.preimage == Vectors.data(preimage))
      #expect(event.digest == Vectors.data(digest))
      events.append(event)
    }
    #expect(RTMR.replay(events) == Vectors.data(Vectors.replayed))
    #expect(RTMR.replay([]) == [UInt8](repeating: 0, count: 48))
    #expect(RTMR.replay(events.reversed()) != Vectors.data(Vectors.replayed))
  }

  @Test(arguments: ["a", "my event", "grün", "测试🦀", "App-Id", String(repeating: "x", count: 128), "system-ready "])
  func accepted(name: String) throws {
    try RuntimeEvent.checkApplication(name: Array(name.utf8), payload: [UInt8](repeating: 0, count: 64 * 1024))
  }

  @Test(
    arguments: [
      [], [0x0a], [0x61, 0x00], [0x7f], [0xc2, 0x80], [0xc2, 0x9f], [0x61, 0xff], [0xc3], [0xed, 0xa0, 0x80],
      [UInt8](repeating: 0x78, count: 129),
    ] as [[UInt8]])
  func refusedName(name: [UInt8]) {
    #expect(failureText { try RuntimeEvent.checkApplication(name: name, payload: []) } != nil)
  }

  @Test func reserved() {
    let names = [
      "system-preparing", "app-id", "compose-hash", "init-script-hash", "gpu-policy-hash", "instance-id", "boot-mr-done",
      "os-image-hash", "gpu-attestation", "key-provider", "storage-fs", "storage-encrypted", "system-ready",
    ]
    #expect(SystemEvent.allCases.map { bytes($0.name) } == names.map { Array($0.utf8) })
    for name in names {
      let error = failureText { try RuntimeEvent.checkApplication(name: Array(name.utf8), payload: []) }
      #expect(error == "the event name is reserved for the system")
    }
  }

  @Test func payloadLimit() {
    let payload = [UInt8](repeating: 0, count: 64 * 1024 + 1)
    #expect(failureText { try RuntimeEvent.checkApplication(name: [0x61], payload: payload) } != nil)
  }
}
