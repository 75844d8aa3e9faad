import Testing

@testable import agent

struct HostNameTests {
  @Test(arguments: [
    ("app", "app"), ("My App 2", "my-app-2"), ("-a_b-", "a-b"), ("", "dstack"), ("--", "dstack"), ("é", "dstack"),
    ("a.b\n", "a-b"),
  ])
  func names(_ name: String, _ expected: String) { #expect(Startup.hostName(of: utf8(name)) == utf8(expected)) }

  @Test func limit() {
    for count in [63, 64] {
      #expect(Startup.hostName(of: [UInt8](repeating: UInt8(ascii: "x"), count: count)).count == 63)
    }
  }
}
