import Testing

@testable import agent

struct ArgumentsTests {
  @Test func listed() {
    #expect(Arguments.listed("agent -c /file ") == utf8("agent\0-c\0/file\0"))
    #expect(Arguments.listed("") == [])
  }
}
