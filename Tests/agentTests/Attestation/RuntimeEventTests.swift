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

  @Test(arguments: [
    "a", "my event", "grün", "测试🦀", "App-Id", String(repeating: "x", count: 128), "system-ready ", "system-read:",
    "key-providers:", " key-provider:", "Key-Provider:",
  ])
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

  /// Each range of hidden characters lies between two that are not hidden. Hidden neighbours belong to the same range.
  @Test(arguments: [
    (0x00, 0x1f), (0x7f, 0x9f), (0xad, 0xad), (0x61c, 0x61c), (0x200b, 0x200f), (0x2028, 0x202e), (0x2060, 0x206f),
    (0xfeff, 0xfeff),
    (0xfff9, 0xfffb), (0xe0000, 0xe007f),
  ])
  func hidden(first: UInt32, last: UInt32) throws {
    func refusal(_ scalar: UInt32) throws -> String? {
      var name: [UInt8] = [0x61]
      UTF8Text.append(scalar, to: &name)
      return failureText { try RuntimeEvent.checkApplication(name: name + [0x62], payload: []) }
    }
    for scalar in [first, (first + last) / 2, last] { #expect(try refusal(scalar) == "the event name is not printable text") }
    if first > 0 { #expect(try refusal(first - 1) == nil) }
    #expect(try refusal(last + 1) == nil)
  }

  /// In version 1 they have the digests of system events.
  @Test func likeSystemEvents() {
    let provider = RuntimeEvent(name: utf8("key-provider"), payload: utf8("{\"name\":\"kms\",\"id\":\"00\"}"), version: .one)
    let name = "key-provider:{\"name\""
    #expect(RuntimeEvent(name: utf8(name), payload: utf8("\"kms\",\"id\":\"00\"}"), version: .one).digest == provider.digest)
    for name in [name] + SystemEvent.allCases.flatMap({ ["\($0.name):", "\($0.name):x", "\($0.name)::"] }) {
      let error = failureText { try RuntimeEvent.checkApplication(name: utf8(name), payload: []) }
      #expect(error == "the event name is reserved for the system", "\(name)")
    }
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
