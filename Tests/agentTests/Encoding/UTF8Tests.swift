import Testing

@testable import agent

struct UTF8Tests {
  /// Swift's own decoder is the judge.
  private static func disagreements(_ sequences: some Sequence<[UInt8]>) -> [[UInt8]] {
    sequences.filter { UTF8Text.isValid($0) != (String(validating: $0, as: Unicode.UTF8.self) != nil) }
  }

  @Test func everySequenceOfTwoBytes() {
    let all = (0...255).map { UInt8($0) }
    #expect(Self.disagreements(all.map { [$0] }) == [])
    #expect(Self.disagreements(all.lazy.flatMap { first in all.map { [first, $0] } }) == [])
  }

  /// Every lead byte, followed by the values next to each boundary of Unicode's table 3-7.
  @Test func boundariesOfLongerSequences() {
    let edges: [UInt8] = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]
    var sequences: [[UInt8]] = []
    for lead in (0xc0...0xff).map({ UInt8($0) }) {
      for second in edges {
        for third in edges {
          sequences.append([lead, second, third])
          for fourth in edges { sequences.append([lead, second, third, fourth]) }
        }
      }
    }
    #expect(Self.disagreements(sequences) == [])
  }

  @Test(arguments: [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff] as [UInt32])
  func scalarsAtTheEdges(_ value: UInt32) throws {
    let scalar = try #require(UnicodeScalar(value))
    var out: [UInt8] = []
    UTF8Text.append(value, to: &out)
    #expect(out == Array(String(scalar).utf8))
    #expect(UTF8Text.isValid(out))
    for cut in 1..<max(out.count, 1) { #expect(!UTF8Text.isValid(out[..<cut])) }
  }

  @Test func scalars() {
    var wrong: [UInt32] = []
    for value: UInt32 in stride(from: 0, through: 0x10ffff, by: 1) {
      // every scalar of up to three bytes, every 61st above
      guard value < 0x10100 || value % 61 == 0 || value > 0x10ff00, let scalar = UnicodeScalar(value) else { continue }
      var out: [UInt8] = []
      UTF8Text.append(value, to: &out)
      if Unicode.UTF8.encode(scalar).map(Array.init) != out || !UTF8Text.isValid(out) { wrong.append(value) }
    }
    #expect(wrong == [])
  }

  @Test(arguments: [
    "c080", "c1bf", "e08080", "e09fbf", "eda080", "edbfbf", "f0808080", "f08fbfbf", "f4908080", "f5808080", "f888808080", "ff",
    "fe",
    "80", "bf", "c3", "e282", "f09f98", "c3c3", "41e28241",
  ])
  func refusals(_ digits: String) { #expect(!UTF8Text.isValid(octets(digits))) }

  @Test func checkStartsAfreshBehindAFault() {
    var check = UTF8Check()
    let lead = check.accept(0xe0)
    #expect(lead && !check.isComplete)
    let tooLow = check.accept(0x80)
    #expect(!tooLow && check.isComplete)
    // the narrowed range of the second byte is gone
    let next = [0xe1, 0x80, 0x80].map { check.accept($0) }
    #expect(next == [true, true, true] && check.isComplete)
  }
}
