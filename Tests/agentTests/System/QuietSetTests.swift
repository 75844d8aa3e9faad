import Glibc
import Testing

@testable import agent

struct QuietSetTests {
  /// Whether something has happened to the set within 20 s; what it reports.
  private func reported(_ set: inout QuietSet) -> [Int32]? {
    guard Poll.wait(set.descriptor, for: Poll.readable, until: Clock.monotonic() + 20_000) else { return nil }
    var numbers: [Int32] = []
    set.look { (number, _) in numbers.append(number) }
    return numbers
  }

  /// The timer makes the set readable at the earliest time, and no longer once that is known.
  @Test func timer() throws {
    var set = try QuietSet()
    let begun = Clock.monotonic()
    set.wake(at: begun + 1_000_000)
    #expect(!Poll.isReadable(set.descriptor))
    set.wake(at: begun + 20)
    set.wake(at: begun + 2_000_000)
    var numbers = reported(&set)
    #expect(numbers == [] && Clock.monotonic() >= begun + 20 && !Poll.isReadable(set.descriptor))
    // a time that has passed
    set.wake(at: begun)
    numbers = reported(&set)
    #expect(numbers == [] && !Poll.isReadable(set.descriptor))
  }

  /// More descriptors than one look reports are reported by the next ones.
  @Test(arguments: [9, 10, 20]) func manyDescriptors(_ count: Int) throws {
    var set = try QuietSet()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let files = (ends + (2..<count).map { _ in dup(ends[1]) }).map { OpenFile(Descriptor(owning: $0)) }
    for file in files {
      let hasRoom = set.add(file.number, Poll.readable | Poll.writable)
      #expect(hasRoom)
    }
    var seen: Set<Int32> = []
    for _ in 0..<(count - 1 + 7) / 8 { seen.formUnion(reported(&set) ?? []) }
    // the reading end is not ready
    #expect(seen == Set(files.map { $0.number }).subtracting([ends[0]]))
  }

  @Test func empty() throws {
    var set = try QuietSet()
    set.look { (_, _) in Issue.record("nothing has happened") }
    let hasRoom = set.add(-1, Poll.readable)
    #expect(!hasRoom)
  }
}
