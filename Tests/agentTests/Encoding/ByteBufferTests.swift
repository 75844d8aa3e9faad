import Testing

@testable import agent

struct ByteBufferTests {
  @Test func growsByOne() {
    let buffer = ByteBuffer(capacity: 0)
    let expected = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
    for byte in expected { buffer.append(byte) }
    #expect(buffer.storage == expected)
    #expect(buffer.count == 5000)
  }

  @Test func growsByMore() {
    let buffer = ByteBuffer(capacity: 1)
    buffer.append([1, 2, 3][1...])
    buffer.append("text")
    buffer.append([UInt8](repeating: 7, count: 100_000))
    buffer.append([] as [UInt8])
    buffer.append("")
    buffer.appendHex([0x00, 0x9f, 0xff])
    #expect(buffer.storage == [2, 3] + bytes("text") + [UInt8](repeating: 7, count: 100_000) + bytes("009fff"))
  }

  /// What someone else holds of the bytes stays as it was.
  @Test func growthLeavesCopiesAlone() {
    let buffer = ByteBuffer(capacity: 8)
    buffer.append("abcdefgh")
    let copy = buffer.storage
    buffer.append([UInt8](repeating: 0x69, count: 1000))
    #expect(copy == bytes("abcdefgh"))
    #expect(buffer.count == 1008)
  }
}
