import Testing

@testable import agent

struct PEMTests {
  /// Lengths around a group of three bytes and around one and two lines.
  @Test(arguments: [1, 2, 3, 4, 47, 48, 49, 95, 96, 97, 1000])
  func roundTrip(_ count: Int) throws {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let text = PEM.encode("TEST", data)
    #expect(text.count == PEM.size("TEST", count))
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "-----BEGIN TEST-----")
    #expect(lines.suffix(2) == ["-----END TEST-----", ""])
    #expect(lines.dropFirst().dropLast(3).allSatisfy { $0.utf8.count == 64 })
    let digits = lines.dropFirst().dropLast(2).joined()
    #expect(Array(digits.utf8) == Base64.encode(data))
    #expect(try PEM.decode("TEST", text) == data)
    let secretText = try PEM.encode("TEST", try Secret(copying: data))
    #expect(revealed(secretText) == text)
    #expect(revealed(try PEM.decode("TEST", secretText)) == data)
  }

  @Test(arguments: [
    "-----BEGIN X-----\nAAEC\n-----END X-----\n",
    "-----BEGIN X-----\r\nAAEC\r\n-----END X-----\r\n",
    "-----BEGIN X-----\nAA\nEC\n-----END X-----",
    "-----BEGIN X-----\n A A E C \n\n-----END X-----\n",
    "text\n-----BEGIN Y-----\nAAAA\n-----END Y-----\n-----BEGIN X-----\nAAEC\n-----END X-----\nmore",
  ])
  func accepted(_ text: String) throws {
    #expect(PEM.contains("X", ArraySource(Array(text.utf8))))
    #expect(try PEM.decode("X", Array(text.utf8)) == [0, 1, 2])
  }

  @Test(arguments: [
    "", "AAEC", "-----BEGIN X-----", "-----BEGIN X-----\nAAEC\n", "-----BEGIN X-----\nAAEC\n-----END Y-----\n",
    " -----BEGIN X-----\nAAEC\n-----END X-----\n", "-----BEGIN X----\nAAEC\n-----END X-----\n",
    "-----BEGIN X-----\n-----END X-----\n", "-----BEGIN X-----\nAAE\n-----END X-----\n",
    "-----BEGIN X-----\nA\n-----END X-----\n",
    "-----BEGIN X-----\nAAEC=\n-----END X-----\n", "-----BEGIN X-----\nAAEC====\n-----END X-----\n",
    "-----BEGIN X-----\nA===\n-----END X-----\n", "-----BEGIN X-----\nAA=A\n-----END X-----\n",
    "-----BEGIN X-----\nAB==\n-----END X-----\n", "-----BEGIN X-----\nAAF=\n-----END X-----\n",
    "-----BEGIN X-----\nAA*C\n-----END X-----\n", "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nAAEC\n-----END X-----\n",
    "-----BEGIN XX-----\nAAEC\n-----END XX-----\n",
  ])
  func refused(_ text: String) {
    #expect(refusal { _ = try PEM.decode("X", Array(text.utf8)) } == .invalid)
    #expect(refusal { _ = try PEM.decode("X", try Secret(copying: Array(text.utf8))) } == .invalid)
  }
}
