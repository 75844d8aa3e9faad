import Foundation
import Testing

@testable import agent

struct MemoryTests {
  @Test func whatThereIs() {
    #expect(Memory.has(1) && Memory.has(Limits.callMemory))
    // more than a process can address
    #expect(!Memory.has(1 << 47))
  }
}
