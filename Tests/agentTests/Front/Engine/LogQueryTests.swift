import Testing

@testable import agent

struct LogQueryTests {
  /// The selection, then the form.
  private static func parsed(_ query: String) throws(AgentError) -> String {
    let (selection, form) = try LogQuery.parse(Array(query.utf8), now: 1_000_000)
    let times = [selection.since, selection.until].map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ")
    let flags = [
      selection.follows ? "follow" : "", selection.hasTimestamps ? "timestamps" : "", form.isText ? "text" : "",
      form.isBare ? "bare" : "", form.keepsEscapes ? "ansi" : "",
    ]
    return ([times, selection.tail.map { "\($0)" } ?? "all"] + flags.filter { !$0.isEmpty }).joined(separator: " ")
  }

  @Test(arguments: [
    ("", "- - 1000"), ("since=1&until=2&tail=3", "1 2 3"), ("since=1m&until=", "999940 - 1000"),
    ("follow&timestamps=&text=1&bare=true&ansi=ON", "- - 1000 follow timestamps text bare ansi"),
    ("follow=0&text=No", "- - 1000"),
    // unknown parameters
    ("_=1", "- - 1000"), ("stdout=1&stderr=1&tail=5", "- - 5"), ("Follow&x[]=y&=z&%00", "- - 1000"),
    // a tail that is not a number
    ("tail=all", "- - all"), ("tail=", "- - all"), ("tail", "- - all"), ("tail=x", "- - all"), ("tail=-1", "- - all"),
    ("tail=1.5", "- - all"), ("tail=9223372036854775807", "- - 9223372036854775807"), ("tail=9223372036854775808", "- - all"),
    // the last one counts
    ("tail=1&tail=2", "- - 2"), ("tail=1&tail=x", "- - all"), ("follow=1&follow=0", "- - 1000"), ("since=1&since=", "- - 1000"),
    ("since=x&since=1", "1 - 1000"), ("follow=2&follow=0", "- - 1000"),
    // whatever else is in the query
    ("_=%zz", "- - 1000"), ("%ff=1&tail=5", "- - 5"), ("x=%", "- - 1000"), ("x=%ff", "- - 1000"),
  ])
  func accepted(_ query: String, _ expected: String) throws { #expect(try Self.parsed(query) == expected) }

  @Test(arguments: [
    "since=x", "since=-1", "until=1w", "since=1&since=x", "since=9223372036854775808", "follow=2", "text=y", "tail=%zz",
    "tail=%ff", "tail=%zz&tail=2",
  ])
  func refused(_ query: String) { #expect(refusal { _ = try Self.parsed(query) } == .invalid) }
}
