import Testing

@testable import agent

struct DiskHeaderTests {
  // worked out with Python's hmac, after docs/spec/disk.md: a key of 32 ones, the salt 00 to 1f, growing from 0x100008000 blocks
  private static let salt = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
  private static let known =
    "64737461636b2d6469736b2d763100000300000000000000\(salt)0080000001000000"
    + "a5efc7bdc90130b7cbda600eb0c944ada624314544d958c52044d618c86d8e22"
  private static let dataKey =
    "e54c048a5271e69f4cf441e692ff987a9afc59740806de3b96ce8ace6c25c0b10498f88b2bd7ed67a694bdf89d05f62228e949dae538deb93a437300d4ddbb7b"

  private static func key(_ byte: UInt8 = 1) throws -> Secret { try Secret(copying: [UInt8](repeating: byte, count: 32)) }
  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  private static func knownSector() -> [UInt8] { octets(known) + zeros(DiskHeader.size - 96) }

  @Test func knownAnswers() throws {
    let header = try #require(try DiskHeader(Self.knownSector(), Self.key()))
    #expect(header.state == .growing && header.blocks == 0x1_0000_8000 && header.salt == octets(Self.salt))
    #expect(try header.sector(Self.key()) == Self.knownSector())
    #expect(revealed(try header.dataKey(Self.key())) == octets(Self.dataKey))
  }

  @Test func newOnes() throws {
    let (header, other) = (try DiskHeader(), try DiskHeader())
    #expect(header.state == .formatting && header.blocks == 0)
    #expect(header.salt.count == 32 && header.salt != other.salt)
    let sector = try header.sector(Self.key())
    #expect(sector.count == 512)
    #expect(try DiskHeader(sector, Self.key())?.salt == header.salt)
    #expect(revealed(try header.dataKey(Self.key())) != revealed(try other.dataKey(Self.key())))
  }

  /// With any byte changed, the sector is not a header, or is refused. Bytes after the header do not count.
  @Test func everyByteCounts() throws {
    for offset in 0..<96 {
      var sector = Self.knownSector()
      sector[offset] ^= 0x40
      if offset < 16 {
        #expect(try DiskHeader(sector, Self.key()) == nil)
      } else {
        #expect(refusal { _ = try DiskHeader(sector, Self.key()) } == .failed)
      }
    }
    var sector = Self.knownSector()
    sector[96] = 1
    #expect(try DiskHeader(sector, Self.key()) != nil)
    #expect(refusal { _ = try DiskHeader(Self.knownSector(), Self.key(2)) } == .failed)
    #expect(try DiskHeader(Array(Self.knownSector().dropLast()), Self.key()) == nil)
  }

  @Test func changes() throws {
    let header = try #require(try DiskHeader(Self.knownSector(), Self.key()))
    header.change(to: .ready)
    let ready = try #require(try DiskHeader(try header.sector(Self.key()), Self.key()))
    #expect(ready.state == .ready && ready.blocks == 0 && ready.salt == octets(Self.salt))
    ready.change(to: .growing, blocks: 0x1_0000_8000)
    #expect(try ready.sector(Self.key()) == Self.knownSector())
  }

  private static func sector(_ state: DiskHeader.State) throws -> [UInt8] {
    let header = try DiskHeader()
    header.change(to: state)
    return try header.sector(key())
  }

  /// The header of a disk that is used; nil for one that gets another.
  private static func used(
    _ start: [UInt8], end: [UInt8] = [0], isScratch: Bool = false, key: UInt8 = 1
  ) throws -> DiskHeader? {
    let header = try DiskHeader.used(
      start: start + zeros(4096), end: { () throws(AgentError) in end }, isScratch: isScratch, try Self.key(key))
    if header.state != .formatting { return header }
    #expect(!start.contains(header.salt))
    return nil
  }

  @Test func whatIsMadeAnew() throws {
    #expect(try Self.used([]) == nil)
    #expect(try Self.used([], isScratch: true) == nil)
    // no data has been written yet, whatever the end of the disk holds
    #expect(try Self.used(try Self.sector(.formatting), end: [1]) == nil)
    #expect(try Self.used(try Self.sector(.formatting), end: [1], isScratch: true) == nil)
    // from an earlier start, which had another key
    #expect(try Self.used(try Self.sector(.formatting), isScratch: true, key: 2) == nil)
  }

  @Test(arguments: [DiskHeader.State.ready, .growing])
  func whatIsUsed(_ state: DiskHeader.State) throws {
    #expect(try Self.used(try Self.sector(state), end: [1])?.state == state)
    #expect(Self.refused { try Self.used(try Self.sector(state), key: 2) }?.hasPrefix("was made with another key") == true)
    // whichever key it was made with
    for key in [UInt8(1), 2] {
      #expect(
        Self.refused { try Self.used(try Self.sector(state), isScratch: true, key: key) }
          == "holds data that dstack.disk=scratch would overwrite: use required, or zero its first MiB")
    }
  }

  private static func refused(_ body: () throws -> DiskHeader?) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? AgentError).map { String(decoding: $0.text, as: UTF8.self) }
    }
  }

  @Test(arguments: [false, true])
  func whatIsForeign(_ isScratch: Bool) throws {
    let boot = Self.zeros(510) + [0x55, 0xaa]
    let cases: [([UInt8], [UInt8], String)] = [
      (utf8("LUKS"), [0], "LUKS encryption"), (Self.zeros(1080) + [0x53, 0xef], [0], "an ext file system"),
      (boot, [0], "a partition table or a boot sector"), ([1], [0], "something else on it"),
      (Self.zeros(4095) + [1], [0], "something else on it"), ([], Self.zeros(4095) + [1], "something else on it"),
      (utf8("dstack-disk-v2"), [0], "something else on it"),
      (utf8("dstack-disk-v1\0!"), [0], "something else on it"),
    ]
    for (start, end, found) in cases {
      let text = Self.refused { try Self.used(start, end: end, isScratch: isScratch) }
      #expect(text == "has \(found), but only a blank disk is formatted: zero its first and last MiB if nobody needs it")
    }
  }

  /// A header in an unknown state counts as made with another key, and is never overwritten.
  @Test func unknownState() throws {
    var sector = try Self.sector(.ready)
    sector[16] = 4
    #expect(Self.refused { try Self.used(sector) }?.hasPrefix("was made with another key") == true)
    #expect(Self.refused { try Self.used(sector, isScratch: true) }?.hasPrefix("holds data") == true)
  }

  @Test func theEndIsReadOnlyWhereItCounts() throws {
    let unread = { () throws(AgentError) -> [UInt8] in throw .failed("was read") }
    let sector = try Self.sector(.ready) + Self.zeros(4096)
    #expect(try DiskHeader.used(start: sector, end: unread, isScratch: false, Self.key()).state == .ready)
    #expect(refusal { _ = try DiskHeader.used(start: Self.zeros(4096), end: unread, isScratch: false, Self.key()) } == .failed)
  }
}

struct DiskUseTests {
  @Test func words() {
    for (word, use) in [("required", DiskUse.required), ("optional", .optional), ("scratch", .scratch)] {
      #expect(DiskUse(utf8(word)[...]) == use)
      #expect(bytes(use.word) == utf8(word))
    }
    for word in ["", "none", "Required", "require", "required "] { #expect(DiskUse(utf8(word)[...]) == nil) }
    #expect(bytes(DiskUse.none.word) == [])
  }
}
