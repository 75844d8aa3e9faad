import Testing

@testable import agent

struct KMSAddressTests {
  @Test(arguments: [
    ("https://kms.example", "kms.example", "kms.example", 443, ""),
    ("https://kms.example/", "kms.example", "kms.example", 443, ""),
    ("https://kms-1.example:8443/prpc", "kms-1.example", "kms-1.example:8443", 8443, "/prpc"),
    ("https://10.0.2.2:1/a/b//", "10.0.2.2", "10.0.2.2:1", 1, "/a/b"),
    ("https://[::1]:65535/x", "::1", "[::1]:65535", 65535, "/x"),
    ("https://[2001:db8::1]", "2001:db8::1", "[2001:db8::1]", 443, ""),
  ])
  func taken(_ url: String, _ host: String, _ authority: String, _ port: Int, _ path: String) throws {
    let address = try KMSAddress(Array(url.utf8))
    #expect(address.url == Array(url.utf8) && address.host == Array(host.utf8) && address.authority == Array(authority.utf8))
    #expect(Int(address.port) == port && address.path == Array(path.utf8))
  }

  @Test(arguments: [
    "", "https:", "https://", "https:///a", "HTTPS://a", "http://a",
    "https://a:", "https://a:0", "https://a:65536", "https://a:b",
    "https://a:1:2", "https://u@a", "https://a/?q", "https://a/#f",
    "https://a b", "https://a\r\nb", "https://ü", "https://[::1",
    "https://[]", "https://[a]", "https://[::1]1", "https://::1", "https://a_b",
  ])
  func refused(_ url: String) {
    #expect(failure { _ = try KMSAddress(Array(url.utf8)) } == "is not a valid https URL")
  }

  @Test func limits() throws {
    let name = Array("https://a/".utf8)
    let fitting = name + [UInt8](repeating: 0x61, count: Limits.kmsURL - name.count)
    #expect(try KMSAddress(fitting).path.count == Limits.kmsURL - 9)
    #expect(throws: AgentError.self) { _ = try KMSAddress(fitting + [0x61]) }
    let host = [UInt8](repeating: 0x61, count: Limits.altName)
    #expect(try KMSAddress(Array("https://".utf8) + host).host == host)
    #expect(throws: AgentError.self) { _ = try KMSAddress(Array("https://a".utf8) + host) }
  }
}
