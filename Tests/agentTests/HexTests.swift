import Testing

@testable import agent

@Test func placeholder() {}
