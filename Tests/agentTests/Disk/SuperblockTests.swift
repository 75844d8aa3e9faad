import Testing

@testable import agent

struct SuperblockTests {
  /// What support/disk-template.py gives mke2fs: a UUID and a hash seed.
  private static let fixed = octets("00000000000040008000000000000000 00000000000040008000000000000001")
  private static func block() -> [UInt8] { Array(RawDisk.template(blocks: DataDisk.newBlocks, fixed)[..<4096]) }
  private static func superblock() throws -> Superblock { try #require(Superblock(block())) }

  /// The values of RFC 3720, appendix B.4; `sum` leaves out the final inversion.
  @Test func sums() {
    #expect(~CRC32C.sum(utf8("123456789")[...]) == 0xe306_9283)
    #expect(~CRC32C.sum([UInt8](repeating: 0, count: 32)[...]) == 0x8a91_36aa)
    #expect(CRC32C.sum([]) == UInt32.max)
  }

  /// The blocks that mke2fs makes; image/tests regenerates them.
  @Test func template() {
    let written = RawDisk.template(blocks: DataDisk.newBlocks, Self.fixed)
    var all: [UInt8] = []
    for number in 0..<DataDisk.newBlocks {
      let block = Array(written[number * 4096..<(number + 1) * 4096])
      if block.contains(where: { $0 != 0 }) { all += LittleEndian.encode(UInt32(number)) + block }
    }
    #expect(Hash.sha256(all) == octets("b331311be1b940bef3d5937210e0e9fa2d2aa3a1b9c33a75177eed51c38d3632"))
  }

  @Test func reads() throws {
    let superblock = try Self.superblock()
    #expect(superblock.blocks == 32768 && superblock.blocksPerGroup == 32768)
    #expect(!superblock.needsReplay && !superblock.hasErrors)
    for (size, grows) in [(0, false), (32768, false), (65535, false), (65536, true), (UInt64.max, true)] as [(UInt64, Bool)] {
      #expect(superblock.isGrown(by: size) == grows, "\(size)")
    }
  }

  /// A changed byte in the superblock, or a short block.
  @Test func damaged() throws {
    let block = Self.block()
    for offset in stride(from: 1024, to: 2048, by: 3) {
      var damaged = block
      damaged[offset] ^= 1
      #expect(Superblock(damaged) == nil, "\(offset)")
    }
    #expect(Superblock(Array(block.dropLast())) == nil)
    #expect(Superblock([]) == nil)
    #expect(Superblock([UInt8](repeating: 0, count: 4096)) == nil)
    // bytes around the superblock do not count
    var other = block
    other[0] ^= 1
    other[2048] ^= 1
    #expect(Superblock(other) != nil)
  }

  @Test func identity() throws {
    let written = RawDisk.template(blocks: DataDisk.newBlocks, (0..<32).map { 0xe0 + $0 })
    #expect(Superblock(written) == nil)
    let data = try #require(Superblock(Superblock(sealing: written).data)).data
    #expect(Array(data[1128..<1144]) == octets("e0e1e2e3e4e546e7a8e9eaebecedeeef"))
    #expect(Array(data[1260..<1276]) == octets("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"))
  }

  /// After an interrupted growth the counts are those that debugfs shows for a file system of that size.
  @Test func turnsBack() throws {
    let superblock = try Self.superblock()
    superblock.turnBack(to: 0x1_0000_0001)
    #expect(superblock.blocks == 0x1_0000_0001)
    superblock.turnBack(to: 65536 - 256)
    let back = try #require(Superblock(superblock.data))
    #expect(back.blocks == 65280)
    // inodes: 8192 in each of the two groups
    #expect(Array(back.data[1024..<1032]) == octets("00400000 00ff0000"))
    #expect(Array(back.data[1032..<1044]) == [UInt8](repeating: 0, count: 12))
    #expect(Array(back.data[1360..<1376]) == [UInt8](repeating: 0, count: 12) + Array(Self.block()[1372..<1376]))
  }
}
