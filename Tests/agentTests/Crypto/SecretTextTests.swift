import Testing

@testable import agent

/// Hex of keys, compared with what the rest of the program writes and reads as hex.
struct SecretTextTests {
  private static let all = (0...255).map { UInt8($0) }

  @Test func everyByte() throws {
    let key = try Secret(copying: Self.all)
    let buffer = ByteBuffer(capacity: 0)
    buffer.append("key ")
    buffer.appendHex(key)
    buffer.append(".")
    #expect(buffer.storage == bytes("key ") + Hex.encode(Self.all) + bytes("."))
    let json = JSONWriter()
    json.array { $0.hex(key) }
    #expect(json.out.storage == bytes("[\"") + Hex.encode(Self.all) + bytes("\"]"))
  }

  @Test func empty() throws {
    let buffer = ByteBuffer(capacity: 0)
    buffer.appendHex(try Secret(count: 0))
    #expect(buffer.storage == [])
    #expect(try Secret(hex: try Secret(count: 0)).count == 0)
  }

  private static func read(_ digits: [UInt8]) -> [UInt8]? {
    do { return revealed(try Secret(hex: try Secret(copying: digits))) } catch { return nil }
  }

  @Test func readsWhatHexReads() {
    #expect(Self.read(Hex.encode(Self.all)) == Self.all)
    #expect(Self.read(bytes("00FFaBcDeF")) == [0, 0xff, 0xab, 0xcd, 0xef])
    for byte in Self.all {
      for digits in [[byte, 0x30], [0x30, byte], [0x31, 0x32, byte, 0x33]] {
        #expect(Self.read(digits) == Hex.decode(digits), "\(digits)")
      }
    }
  }

  @Test(arguments: ["0", "000", "0g", "g0", "0x00", " 00", "00 ", "0 0", "00\n", "00:00", "00\0"])
  func refused(_ text: String) {
    #expect(failure { _ = try Secret(hex: try Secret(copying: Array(text.utf8))) } == "is not hex")
  }
}
