import Testing

@testable import agent

/// Whose turn it is, by the loop's clock: the tests wait for nothing.
struct FairQueueTests {
  private final class Fixture {
    let loop = try! Loop()
    let queue: FairQueue
    var begun: [String] = []
    var refused: [String] = []
    var unwanted: Set<String> = []
    var done: [() -> Void] = []

    init(width: Int = 1) { queue = FairQueue(loop, patience: 100, width: width) }

    /// A task `group.user:anything`.
    func add(_ names: String) {
      for name in names.split(separator: " ").map(String.init) {
        let parts = name.split(whereSeparator: { ".:".contains($0) })
        let peer = Peer(group: utf8(String(parts[0])), user: UInt32(parts[1]) ?? 0)
        queue.add(peer, isWanted: { [self] in !unwanted.contains(name) }) { [self] over in
          begun.append(name)
          done.append(over)
        } refuse: { [self] in
          refused.append(name)
        }
      }
    }

    func finish() { done.removeFirst()() }

    /// What begins, in order.
    var order: [String] {
      while !done.isEmpty { finish() }
      return begun
    }
  }

  @Test(arguments: [
    ("a.1:1 a.1:2 a.1:3", "a.1:1 a.1:2 a.1:3"),
    // groups take turns, whatever they want
    ("a.1:1 a.1:2 a.1:3 b.1:1 b.1:2", "a.1:1 b.1:1 a.1:2 b.1:2 a.1:3"),
    // users within a group take turns as well, and count as one to other groups
    ("a.1:1 a.1:2 a.2:1 a.3:1 b.1:1 b.1:2", "a.1:1 b.1:1 a.2:1 b.1:2 a.3:1 a.1:2"),
    ("a.1:1 a.1:2 a.1:3 a.2:1", "a.1:1 a.2:1 a.1:2 a.1:3"),
  ])
  func turns(_ tasks: String, _ order: String) {
    let fixture = Fixture()
    fixture.add(tasks)
    #expect(fixture.begun.count == 1)
    #expect(fixture.order.joined(separator: " ") == order)
    #expect(fixture.refused.isEmpty)
  }

  /// As many at a time as may, and one more for each that ends, in turn.
  @Test func width() {
    let fixture = Fixture(width: 4)
    fixture.add("a.1:1 b.1:1")
    #expect(fixture.begun == ["a.1:1", "b.1:1"])
    fixture.add("a.1:2 c.1:1")
    #expect(fixture.begun.dropFirst(2) == ["a.1:2", "c.1:1"])
    fixture.add("a.1:3 a.1:4 d.1:1")
    #expect(fixture.begun.count == 4)
    fixture.finish()
    #expect(fixture.begun.dropFirst(4) == ["d.1:1"])
    fixture.finish()
    #expect(fixture.begun.dropFirst(5) == ["a.1:3"])
    #expect(fixture.order.last == "a.1:4" && fixture.begun.count == 7 && fixture.refused.isEmpty)
    // all places are free again
    fixture.add("a.1:5 a.1:6 b.1:2 b.1:3 c.1:2")
    #expect(fixture.begun.dropFirst(7) == ["a.1:5", "a.1:6", "b.1:2", "b.1:3"])
  }

  /// Of four places, a user gets two and a group three: what waits beyond that does not keep others from the rest.
  @Test func placesForOthers() {
    let fixture = Fixture(width: 4)
    fixture.add("a.1:1 a.1:2 a.1:3")
    #expect(fixture.begun == ["a.1:1", "a.1:2"])
    fixture.add("a.2:1 a.2:2 a.3:1")
    #expect(fixture.begun.dropFirst(2) == ["a.2:1"])
    fixture.add("b.1:1 b.1:2")
    #expect(fixture.begun.dropFirst(3) == ["b.1:1"])
    // a place of the group's becomes free, and goes to its user without a turn yet
    fixture.finish()
    #expect(fixture.begun.dropFirst(4) == ["a.3:1"])
    fixture.finish()
    #expect(fixture.begun.dropFirst(5) == ["b.1:2"])
    #expect(fixture.order.dropFirst(6) == ["a.1:3", "a.2:2"] && fixture.refused.isEmpty)
  }

  /// Two places are for two groups.
  @Test func twoPlaces() {
    let fixture = Fixture(width: 2)
    fixture.add("a.1:1 a.2:1 b.1:1 b.2:1")
    #expect(fixture.begun == ["a.1:1", "b.1:1"])
    #expect(fixture.order == ["a.1:1", "b.1:1", "a.2:1", "b.2:1"])
  }

  /// What nobody wants any more is dropped when the next task arrives, not only when one ends.
  @Test func unwantedTasksHoldNoMemory() throws {
    final class Body {}
    let queue = FairQueue(try Loop(), patience: 100)
    func add(isWanted: @escaping () -> Bool, _ body: Body? = nil) {
      queue.add(Peer.agent, isWanted: isWanted) { _ in
        _ = body
      } refuse: {
      }
    }
    var isWanted = true
    weak var kept: Body?
    add(isWanted: { true })
    do {
      let body = Body()
      kept = body
      add(isWanted: { isWanted }, body)
    }
    #expect(kept != nil)
    isWanted = false
    add(isWanted: { true })
    #expect(kept == nil)
  }

  @Test func unwanted() {
    let fixture = Fixture()
    fixture.add("a.1:1 a.1:2 a.1:3")
    fixture.unwanted = ["a.1:2"]
    #expect(fixture.order == ["a.1:1", "a.1:3"])
    #expect(fixture.refused.isEmpty)
  }

  /// A task is refused after its time; the one that has begun goes on.
  @Test func patience() {
    let fixture = Fixture()
    fixture.add("a.1:1 a.1:2")
    #expect(fixture.queue.deadline == fixture.loop.now + 100)
    fixture.queue.expired()
    #expect(fixture.refused.isEmpty)
    while fixture.loop.now < fixture.queue.deadline { fixture.loop.turn(until: fixture.queue.deadline) }
    fixture.queue.expired()
    #expect(fixture.refused == ["a.1:2"] && fixture.begun == ["a.1:1"] && fixture.queue.deadline == Int64.max)
  }

  @Test func end() {
    let fixture = Fixture()
    fixture.add("a.1:1 a.1:2 b.1:1")
    fixture.queue.release()
    #expect(fixture.refused == ["a.1:2", "b.1:1"])
  }
}
