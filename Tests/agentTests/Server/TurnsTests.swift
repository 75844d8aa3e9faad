import Testing

@testable import agent

/// Whose turn is next, and how many come before a newcomer.
struct TurnsTests {
  private static func peer(_ group: UInt8, _ user: UInt32) -> Peer { Peer(group: [group], user: user) }

  /// A turn in progress, of a user who no longer waits, counts for its group.
  @Test func theTurnThatIsBeingHad() {
    var turns = Turns()
    turns.take(Self.peer(1, 1))
    turns.take(Self.peer(2, 1))
    let others = [Self.peer(2, 2), Self.peer(2, 3)]
    #expect(turns.ahead(of: Self.peer(1, 1), others) == 0)
    #expect(turns.next(of: others + [Self.peer(1, 1)]) == 2)
    // a newcomer in a group waits with the group
    #expect(turns.ahead(of: Self.peer(1, 2), others) == 0)
    #expect(turns.ahead(of: Self.peer(2, 4), others) == 2)
    #expect(turns.ahead(of: Self.peer(2, 4), others + [Self.peer(1, 1)]) == 3)
  }

  /// Those who are gone come after all others, whoever had the last turn, and nobody waits for them.
  @Test(arguments: [[], [peer(1, 1)], [.gone], [.gone, peer(1, 1)], [peer(1, 1), .gone]] as [[Peer]])
  func theGone(_ had: [Peer]) {
    var turns = Turns()
    for peer in had { turns.take(peer) }
    #expect(turns.next(of: [.gone, Self.peer(1, 1)]) == 1)
    #expect(turns.next(of: [.gone, .gone]) == 0)
    #expect(turns.ahead(of: Self.peer(1, 1), [.gone, .gone]) == 0)
    #expect(turns.ahead(of: .gone, [.gone, Self.peer(1, 1), Self.peer(1, 1)]) == 3)
  }

  /// The prediction is what happens.
  @Test(arguments: [
    [(1, 1), (2, 1)], [(2, 1), (1, 1)], [(2, 2), (2, 1), (1, 1)], [(1, 1), (2, 2), (2, 1)], [(3, 1), (2, 1)],
  ])
  func aheadIsWhatComes(_ had: [(Int, Int)]) {
    var turns = Turns()
    for (group, user) in had { turns.take(Self.peer(UInt8(group), UInt32(user))) }
    var waiting = [Self.peer(2, 2), Self.peer(2, 3), Self.peer(2, 4)]
    let newcomer = Self.peer(1, 1)
    let ahead = turns.ahead(of: newcomer, waiting)
    waiting.append(newcomer)
    var count = 0
    while let index = turns.next(of: waiting), waiting[index] != newcomer {
      turns.take(waiting.remove(at: index))
      count += 1
    }
    #expect(ahead == count)
  }
}
