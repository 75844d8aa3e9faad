import Testing

@testable import agent

/// Who gives way in a full table.
struct PlaceTests {
  private static func peer(_ name: String) -> Peer {
    let parts = name.split(separator: ".")
    return name == "gone" ? .gone : Peer(group: utf8(String(parts[0])), user: UInt32(parts[1]) ?? 0)
  }

  /// Places `group.user@progress`, with `~` after those that are sent a long answer and `!` after those that wait for one; a
  /// newcomer; the index of the place to clear.
  @Test(arguments: [
    ("", "a.1", nil),
    // the caller who holds more than the newcomer gives way, with the place longest without progress
    ("a.1@5 a.1@3 a.1@4", "b.1", 1), ("a.1@5 a.1@3 b.1@1", "b.1", 1), ("a.1@5 a.1@3 b.1@1 b.1@2", "b.1", nil),
    ("a.1@5 a.1@3 b.1@1 b.1@2", "c.1", 1),
    // one that waits for its answer only if nobody has anything else: the one that asked last
    ("a.1@5 a.1@3! a.1@4", "b.1", 2), ("a.1@5! a.1@3!", "b.1", 0), ("a.1@3! a.1@5! a.1@4!", "b.1", 1), ("a.1@3!", "a.1", nil),
    // one that is sent a long answer only if there is no other
    ("a.1@5 a.1@3~ a.1@4", "b.1", 2), ("a.1@5~ a.1@3~ a.1@1!", "b.1", 1), ("a.1@5~ a.1@3~", "a.1", nil),
    // a caller with none to give is passed over
    ("a.1@1! a.1@2! a.1@3! b.1@6 b.1@5", "c.1", 4), ("a.1@1! a.1@2! a.1@3! b.1@6 b.1@5~", "c.1", 3),
    ("a.1@1! a.1@2! a.1@3! b.1@6 b.1@5", "b.1", 2), ("a.1@1! a.1@2! a.2@5", "a.3", 1), ("a.1@1! a.1@2! b.1@5!", "c.1", 1),
    // but not for one who holds far fewer than those who have none to give
    ("a.1@1! a.1@2! a.1@3! b.1@6", "c.1", 2), ("a.1@1! a.1@2! a.1@3! b.1@6", "b.2", 2), ("a.1@1! a.1@2! b.1@6", "c.1", 1),
    // within a group, the user that holds most
    ("a.1@9 a.1@8 a.2@1", "b.1", 1), ("a.1@9 a.1@8 a.2@1", "a.2", 1), ("a.1@9 a.1@8 a.2@1 a.2@2", "a.2", nil),
    ("a.1@9 a.1@8 a.2@1", "a.3", 1), ("a.1@9 a.2@1", "a.1", nil), ("a.1@9 a.2@1", "a.3", 0),
    // many users of one group count as one
    ("a.1@1 a.2@2 a.3@3 b.1@0 b.1@0", "c.1", 0), ("a.1@1 a.2@2 a.3@3 b.1@0 b.1@0", "b.1", 0),
    ("a.1@1 a.2@2 a.3@3 b.1@0 b.1@0 b.1@0", "b.2", 3), ("a.1@1 a.2@2 a.3@3 b.1@0 b.1@0 b.1@0", "b.1", nil),
    // a user crowded by another of its own group does not take from another group that holds as much
    ("a.1@1 a.1@2 b.1@3 b.1@4", "b.2", 2), ("b.1@3 b.1@4 a.1@1 a.1@2", "b.2", 0), ("a.1@1 a.1@2 b.1@3 b.2@4", "b.2", nil),
    ("a.1@1 a.1@2 b.1@3! b.1@4!", "b.2", 3),
    // who is gone gives way to everybody, however few places he has, even one that waits, and nobody to him
    ("a.1@1 a.1@2 gone@9", "b.1", 2), ("a.1@1 a.1@2 gone@9!", "a.1", 2), ("gone@3 gone@2~ gone@1!", "a.1", 0),
    ("gone@3! gone@2~ gone@4!", "a.1", 1), ("gone@3! gone@4!", "a.1", 1), ("a.1@1 a.1@2", "gone", nil),
    ("gone@1 gone@2", "gone", nil),
  ])
  func cleared(_ places: String, _ newcomer: String, _ expected: Int?) {
    #expect(Place.toClear(Self.table(places), for: Self.peer(newcomer)) == expected)
  }

  /// Where a newcomer adds something: only a group that holds more than it would then hold gives way, whichever of its users holds it; within
  /// the newcomer's own group, only such a user. Places `group.user@progress*weight`.
  @Test(arguments: [
    ("a.1@1", "b.1", 1, nil), ("a.1@1 a.1@2", "b.1", 1, 0), ("a.1@1 a.2@2", "b.1", 1, 0), ("a.1@1 c.1@2", "b.1", 1, nil),
    ("a.1@1 a.2@2 b.1@3", "b.1", 1, nil), ("a.1@1 a.2@2 a.3@3 b.1@4", "b.1", 1, 0), ("a.1@1 a.2@2", "a.3", 1, nil),
    ("a.1@1 a.1@2", "a.3", 1, 0), ("a.1@1! a.2@2! a.3@3!", "b.1", 1, 0), ("a.1@1 gone@2", "b.1", 1, 1),
    // few large ones give way to many small ones, at the limit and one above
    ("a.1@1*9 b.1@2*2 b.1@3*2 b.1@4*2", "b.1", 2, 0), ("a.1@1*9 b.1@2*2 b.1@3*2 b.1@4*2", "b.1", 3, nil),
    ("a.1@1*9 b.1@2*2 b.1@3*2 b.1@4*2", "a.1", 1, nil), ("a.1@1*9 b.1@2*2 b.1@3*2 b.1@4*2", "c.1", 8, 0),
    ("a.1@1*9 b.1@2*2 b.1@3*2 b.1@4*2", "c.1", 9, nil), ("b.1@2*2 b.1@3*2 b.1@4*2 a.1@1*7", "c.1", 1, 3),
    // the users of a group, too
    ("a.1@1*9 a.2@2*2 a.2@3*2 a.2@4*2", "a.3", 1, 0), ("a.1@1*5 a.2@2*2 a.2@3*2 a.2@4*2", "a.3", 1, 1),
  ])
  func clearedForMore(_ places: String, _ newcomer: String, _ adding: Int, _ expected: Int?) {
    #expect(Place.toClear(Self.table(places), for: Self.peer(newcomer), adding: adding) == expected)
  }

  private static func table(_ places: String) -> [Place] {
    places.split(separator: " ").map { text in
      let yield: Place.Yield = text.hasSuffix("!") ? .atWorst : text.hasSuffix("~") ? .last : .first
      let parts = text.dropLast(yield == .first ? 0 : 1).split { $0 == "@" || $0 == "*" }
      return Place(
        holder: Self.peer(String(parts[0])), yield: yield, lastProgress: Int64(parts[1]) ?? 0,
        weight: parts.count > 2 ? Int(parts[2]) ?? 0 : 1)
    }
  }
}
