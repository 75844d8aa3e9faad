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
}
