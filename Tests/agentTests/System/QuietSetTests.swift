import Testing

@testable import agent

struct QuietSetTests {
  /// The timer makes the set readable at the earliest time, and no longer once that is known.
  @Test func timer() throws {
    var set = try QuietSet()
    let begun = Clock.monotonic()
    set.wake(at: begun + 1_000_000)
    #expect(!Poll.isReadable(set.descriptor))
    set.wake(at: begun + 20)
    set.wake(at: begun + 2_000_000)
    #expect(Poll.wait(set.descriptor, for: Poll.readable, until: begun + 20_000))
    #expect(Clock.monotonic() >= begun + 20)
    var happened: Int16 = 0
    var next = set.next(&happened)
    #expect(next == -1 && !Poll.isReadable(set.descriptor))
    // a time that has passed
    set.wake(at: begun)
    #expect(Poll.isReadable(set.descriptor))
    next = set.next(&happened)
    #expect(next == -1 && !Poll.isReadable(set.descriptor))
  }

  @Test func empty() throws {
    var set = try QuietSet()
    var happened: Int16 = 0
    let next = set.next(&happened)
    #expect(next == -1 && happened == 0)
    let hasRoom = set.add(-1, Poll.readable)
    #expect(!hasRoom)
  }
}
