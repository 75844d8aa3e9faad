import Testing

@testable import agent

struct LittleEndianTests {
  @Test func encodes() {
    #expect(LittleEndian.encode(0xff as UInt8) == [0xff])
    #expect(LittleEndian.encode(0x0102 as UInt16) == [2, 1])
    #expect(LittleEndian.encode(0x0102_0304 as UInt32) == [4, 3, 2, 1])
    #expect(LittleEndian.encode(0x0102_0304_0506_0708 as UInt64) == [8, 7, 6, 5, 4, 3, 2, 1])
    #expect(LittleEndian.encode(UInt32.max) == [0xff, 0xff, 0xff, 0xff])
  }

  @Test func decodes() {
    #expect(LittleEndian.decode([4, 3, 2, 1], 0, 4) == 0x0102_0304)
    #expect(LittleEndian.decode([9, 0xff, 0xff, 0xff, 0xff, 9], 1, 4) == Int(UInt32.max))
    for number: UInt32 in [0, 1, 0x80, 0xff00, 0x8000_0000] {
      #expect(LittleEndian.decode([0] + LittleEndian.encode(number), 1, 4) == Int(number))
    }
  }
}
