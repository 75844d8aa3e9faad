import Testing

@testable import agent

struct PEMTests {
  /// What a block of a text holds, as Mbed TLS reads it.
  private static func decoded(_ label: StaticString, _ text: [UInt8]) throws -> [UInt8] {
    try PEM.read(label, in: text, text.count).plain()
  }

  /// Lengths around a group of three bytes and around one and two lines.
  @Test(arguments: [1, 2, 3, 4, 47, 48, 49, 95, 96, 97, 1000])
  func roundTrip(_ count: Int) throws {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let text = PEM.encode("TEST", data)
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "-----BEGIN TEST-----")
    #expect(lines.suffix(2) == ["-----END TEST-----", ""])
    #expect(lines.dropFirst().dropLast(3).allSatisfy { $0.utf8.count == 64 })
    let digits = lines.dropFirst().dropLast(2).joined()
    #expect(Array(digits.utf8) == Base64.encode(data))
    #expect(try Self.decoded("TEST", text) == data)
    #expect(revealed(try PEM.encode("TEST", try Secret(copying: data))) == text)
  }

  @Test func nothing() { #expect(PEM.encode("X", []) == bytes("-----BEGIN X-----\n-----END X-----\n")) }

  @Test(arguments: [
    "-----BEGIN X-----\nAAEC\n-----END X-----\n",
    "-----BEGIN X-----\r\nAAEC\r\n-----END X-----\r\n",
    "-----BEGIN X-----\nAA\nEC\n-----END X-----",
    "-----BEGIN X-----\nAAEC \n\n-----END X-----\n",
    "text\n-----BEGIN Y-----\nAAAA\n-----END Y-----\n-----BEGIN X-----\nAAEC\n-----END X-----\nmore",
    "-----BEGIN X-----\nAAEC\n-----END X-----\n-----BEGIN X-----\nAAAA\n-----END X-----\n",
    "-----BEGIN W-----\nAAAA\n-----BEGIN X-----\nAAEC\n-----END X-----\n\0",
  ])
  func accepted(_ text: String) throws {
    #expect(try Self.decoded("X", Array(text.utf8)) == [0, 1, 2])
    #expect(try PEM.read("W", "X", in: Array(text.utf8), text.utf8.count).plain() == [0, 1, 2])
  }

  @Test(arguments: [
    "", "AAEC", "-----BEGIN X-----", "-----BEGIN X-----\nAAEC\n", "-----BEGIN X-----\nAAEC\n-----END Y-----\n",
    "-----BEGIN X----\nAAEC\n-----END X-----\n", "-----END X-----\n-----BEGIN X-----\nAAEC\n",
    "-----BEGIN X-----\n-----END X-----\n", "-----BEGIN X-----AAEC\n-----END X-----\n",
    "-----BEGIN X-----\nAAEC====\n-----END X-----\n", "-----BEGIN X-----\nAA=A\n-----END X-----\n",
    "-----BEGIN X-----\nAA*C\n-----END X-----\n", "-----BEGIN X-----\nAA EC\n-----END X-----\n",
    "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nAAEC\n-----END X-----\n",
    "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAEC\n-----END X-----\n",
    "-----BEGIN XX-----\nAAEC\n-----END XX-----\n", "-----BEGIN X-----\nAA\0EC\n-----END X-----\n",
    "-----BEGIN X-----\nAAEC\n-----END X----",
  ])
  func refused(_ text: String) {
    #expect(refusal { _ = try Self.decoded("X", Array(text.utf8)) } == .invalid)
  }
}
