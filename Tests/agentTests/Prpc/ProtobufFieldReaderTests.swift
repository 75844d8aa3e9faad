import Testing

@testable import agent

struct ProtobufFieldReaderTests {
  private static func read(_ digits: String) throws(AgentError) -> EveryField {
    var message = EveryField()
    try ProtobufFieldReader(octets(digits)).fill(&message)
    return message
  }

  @Test(arguments: [
    ("", EveryField()),
    (
      "0a 01 61  12 02 00ff  18 01  20 07  8a01 01 78  8a01 00  8a01 02 c3a9",
      EveryField(name: "a", data: [0, 0xff], flag: true, limit: 7, names: ["x", "", "é"])
    ),
    // any order, lists in pieces
    ("8a01 01 78  20 01  8a01 01 79  0a 01 7a", EveryField(name: "z", limit: 1, names: ["x", "y"])),
    // every field at its default, written out
    ("0a00 1200 1800", EveryField()), ("2000", EveryField(limit: 0)),
    // of a single field the last one counts
    ("0a0161 0a0162", EveryField(name: "b")), ("0a0161 0a00", EveryField()), ("1801 1800", EveryField()),
    ("2001 2002", EveryField(limit: 2)),
    ("1201aa 1201bb", EveryField(data: [0xbb])),
    // numbers
    ("20 ffffffffffffffffff01", EveryField(limit: UInt64.max)), ("18 ffffffffffffffffff01", EveryField(flag: true)),
    ("18 02", EveryField(flag: true)),
    ("18 8000", EveryField()), ("8a8000 0161", EveryField(name: "a")),
    // bytes need not be UTF-8
    ("12 02 c328", EveryField(data: [0xc3, 0x28])),
    // unknown fields of every wire type
    ("28 9601  31 0102030405060708  3a 03 ffffff  45 01020304  0a 01 61", EveryField(name: "a")),
  ])
  func accepted(_ digits: String, _ message: EveryField) throws { #expect(try Self.read(digits) == message) }

  @Test(arguments: [
    // the wrong wire type: also a packed list
    "08 01", "09 0102030405060708", "0d 01020304", "10 01", "1a 01 01", "1d 01000000", "22 01 07", "21 0100000000000000",
    "8801 01", "8d01 01020304",
    // text that is not UTF-8
    "0a 01 ff", "0a 02 c328", "0a 01 c3", "8a01 01 80", "0a 03 eda080",
    // cut off
    "0a", "0a 01", "0a 02 61", "12 ff", "18", "18 80", "20 ffffffffffffffffff", "8a", "8a01", "3a 05 61", "31 00", "45 00",
    // malformed
    "00", "0b 0c", "07", "20 ffffffffffffffffff02", "0a ffffffffffffffffff01", "0a 808080808080808001", "2b", "2c",
  ])
  func refused(_ digits: String) { #expect(refusal { _ = try Self.read(digits) } == .invalid) }

  @Test func everyPrefix() throws {
    let whole = octets("0a 03 616263  12 02 00ff  18 01  20 ac02  8a01 01 78  3a 02 0000")
    let ends = [0, 5, 9, 11, 14, 18, 22]
    #expect(whole.count == 22)
    for count in 0...whole.count {
      var message = EveryField()
      let refused = refusal { try ProtobufFieldReader(Array(whole[..<count])).fill(&message) }
      #expect((refused == nil) == ends.contains(count), "cut at \(count)")
    }
  }
}
