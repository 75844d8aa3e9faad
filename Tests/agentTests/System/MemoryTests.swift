import Foundation
import Testing

@testable import agent

struct MemoryTests {
  @Test func whatThereIs() {
    #expect(Memory.has(1) && Memory.has(Limits.callMemory))
    // more than a process can address
    #expect(!Memory.has(1 << 47))
  }

  /// Small amounts are not checked.
  @Test func requirements() {
    #expect(refusal { try Memory.require(1 << 47) } == .unavailable)
    for count in [0, Limits.largeBody, Limits.largeBody + 1] { #expect(refusal { try Memory.require(count) } == nil) }
  }

  @Test func room() {
    var data: [UInt8] = [1, 2]
    #expect(Memory.makeRoom(Limits.largeBody, behind: &data) && data == [1, 2] && data.capacity >= Limits.largeBody + 2)
    let capacity = data.capacity
    #expect(Memory.makeRoom(capacity - 2, behind: &data) && data.capacity == capacity)
    #expect(!Memory.makeRoom(1 << 47, behind: &data) && data == [1, 2] && data.capacity == capacity)
    // a read of that size fails, with errno
    let null = open("/dev/zero", O_RDONLY)
    defer { close(null) }
    guard case .failed(errno: ENOMEM) = IO.read(null, appendingTo: &data, limit: 1 << 47) else {
      Issue.record("it has not failed")
      return
    }
  }

  /// Texts of each length, with each byte changed: as it is compared eight bytes at a time, and then one.
  @Test func has() {
    let around = utf8("<aB3dEf7h|Jk1mNoP9rSt>")
    let has = { (text: [UInt8], start: Int, folding: UInt8) in around.span.has(text.span, at: start, folding: folding) }
    for start in 0...8 {
      for end in start...around.count {
        let text = Array(around[start..<end])
        #expect(has(text, start, 0) && has(text, start, 0x20))
        for place in text.indices {
          var other = text
          other[place] ^= 0x20
          #expect(!has(other, start, 0) && has(other, start, 0x20) == isLetter(text[place]))
          other[place] ^= 0x21
          #expect(!has(other, start, 0) && !has(other, start, 0x20))
        }
      }
    }
  }
}
