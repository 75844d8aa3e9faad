import Testing

@testable import agent

struct ProtobufTests {
  private static func varint(_ digits: String) throws -> UInt64 {
    var reader = ProtobufReader(octets(digits))
    return try reader.varint()
  }

  /// Keys, then what is skipped, to the end.
  private static func skim(_ digits: String) throws -> [UInt32] {
    var reader = ProtobufReader(octets(digits))
    var tags: [UInt32] = []
    while let (tag, wire) = try reader.key() {
      tags.append(tag)
      try reader.skip(wire)
    }
    return tags
  }

  @Test(arguments: [
    ("00", 0), ("01", 1), ("7f", 127), ("8001", 128), ("ac02", 300), ("ffffffff0f", UInt64(UInt32.max)),
    ("ffffffffffffffff7f", UInt64.max >> 1),
    ("80808080808080808001", 1 << 63), ("ffffffffffffffffff01", UInt64.max),
    // longer than needed, which the format allows up to ten bytes
    ("8000", 0), ("818000", 1), ("80808080808080808000", 0), ("ff808080808080808000", 127),
  ])
  func varints(_ digits: String, _ value: UInt64) throws { #expect(try Self.varint(digits) == value) }

  @Test(arguments: [
    "", "80", "ff", "8080808080808080", "808080808080808080", "80808080808080808080", "8080808080808080808000",
    "80808080808080808002",
    "ffffffffffffffffff02", "ffffffffffffffffff7f", "ffffffffffffffffffff01",
  ])
  func refusedVarints(_ digits: String) { #expect(refusal { _ = try Self.varint(digits) } == .invalid) }

  @Test func varintsAreReadAsWritten() throws {
    for shift in 0..<64 {
      for number in [UInt64(1) << shift, (UInt64(1) << shift) &- 1, ~(UInt64(1) << shift)] {
        let buffer = ByteBuffer()
        buffer.appendVarint(number)
        #expect(buffer.count <= 10)
        var reader = ProtobufReader(buffer.storage)
        #expect(try reader.varint() == number)
        #expect(try reader.key() == nil)
      }
    }
  }

  @Test func everyWireTypeIsSkipped() throws {
    #expect(try Self.skim("") == [])
    #expect(try Self.skim("08 9601  11 0102030405060708  1a 03 616263  25 01020304  2a 00") == [1, 2, 3, 4, 5])
  }

  @Test(arguments: [
    // varint, fixed64, fixed32 and delimited, cut off
    "08", "0880", "11", "1101020304050607", "2501", "25010203", "1a", "1a01", "1a0301", "1a80",
    // groups (wire types 3 and 4), and types that do not exist
    "0b0c", "0b", "0c", "0e", "0f",
    // field number 0; above 2^29 - 1; a key above 32 bits
    "00", "0000", "0200", "8080808010", "888080808001",
    // a length that cannot be: above the rest, above Int.max
    "1a04616263", "1affffffffffffffffff01", "1affffffffffffffff7f", "1a80808080808080808001",
  ])
  func malformed(_ digits: String) { #expect(refusal { _ = try Self.skim(digits) } == .invalid) }

  @Test func fieldNumbersAtTheEdges() throws {
    #expect(try Self.skim("f8ffffff0f 00") == [(1 << 29) - 1])
    for tag: UInt32 in [1, 15, 16, 2047, 2048, (1 << 29) - 1] {
      let buffer = ByteBuffer()
      buffer.appendKey(tag, .fixed32)
      var reader = ProtobufReader(buffer.storage)
      let key = try #require(try reader.key())
      #expect(key.0 == tag && key.1 == .fixed32)
    }
  }

  @Test func delimitedContent() throws {
    var reader = ProtobufReader(octets("03 616263 00 01 7a"))
    #expect(try Array(reader.delimited()) == bytes("abc"))
    #expect(try Array(reader.delimited()) == [])
    #expect(try Array(reader.delimited()) == bytes("z"))
    #expect(try reader.key() == nil)
  }
}
