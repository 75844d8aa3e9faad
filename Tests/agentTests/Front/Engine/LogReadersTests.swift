import Testing

@testable import agent

struct LogReadersTests {
  private static func stream(_ readers: LogReaders, _ follows: Bool) -> BodyStream {
    let stream = BodyStream(isEndless: follows)
    stream.abandoned = { [unowned stream] in readers.remove(stream) }
    return stream
  }

  private static let (one, other) = (Peer(group: [4, 1], user: 0), Peer(group: [4, 2], user: 0))

  /// Of those that are followed, and of all.
  @Test(arguments: [(true, Limits.followers), (false, Limits.logReaders)])
  func limit(_ follows: Bool, _ limit: Int) throws {
    let readers = LogReaders()
    let streams = (0..<limit + 3).map { _ in Self.stream(readers, follows) }
    for stream in streams[..<limit] { try readers.add(stream, for: Self.one) }
    // nobody gives way to one who has as much
    #expect(refusal { try readers.add(streams[limit], for: Self.one) } == .unavailable)
    #expect(streams.allSatisfy { !$0.isEnded })
    // whoever has the most loses the oldest, which its reader and its producer notice
    try readers.add(streams[limit], for: Self.other)
    #expect(streams.indices.filter { streams[$0].isBroken } == [0])
    readers.remove(streams[1])
    try readers.add(streams[limit + 1], for: Self.one)
    #expect(refusal { try readers.add(streams[limit + 2], for: Self.one) } == .unavailable)
  }

  /// Followers do not take the places of all others.
  @Test func followersAmongAll() throws {
    let readers = LogReaders()
    let others = (0..<Limits.logReaders - Limits.followers).map { _ in Self.stream(readers, false) }
    for stream in others { try readers.add(stream, for: Self.one) }
    for _ in 0..<Limits.followers { try readers.add(Self.stream(readers, true), for: Self.one) }
    #expect(refusal { try readers.add(Self.stream(readers, false), for: Self.one) } == .unavailable)
    // a follower takes one place, of a follower
    try readers.add(Self.stream(readers, true), for: Self.other)
    #expect(others.allSatisfy { !$0.isEnded })
  }

  /// A log that is still being asked for has no producer that could be told.
  @Test func tooEarly() throws {
    let readers = LogReaders()
    let streams = (0...Limits.followers).map { _ in BodyStream(isEndless: true) }
    for stream in streams.dropLast() { try readers.add(stream, for: Self.one) }
    #expect(refusal { try readers.add(streams[Limits.followers], for: Self.other) } == .unavailable)
    #expect(streams.allSatisfy { !$0.isEnded })
  }
}
