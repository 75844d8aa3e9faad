import Testing

@testable import agent

/// Names are looked up in the end-to-end tests: a child of a process with threads may not call getaddrinfo(3).
struct ResolverTests {
  @Test func literals() {
    #expect(Resolver.addresses(bytes("192.0.2.1"), timeout: 0) == [octets("c0000201")])
    #expect(Resolver.addresses(bytes("::1"), timeout: 0) == [octets("00000000000000000000000000000001")])
  }
}
