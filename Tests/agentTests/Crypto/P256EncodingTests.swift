import Testing

@testable import agent

struct P256EncodingTests {
  @Test func canonicalForms() throws {
    let key = try P256(scalar: try secret(KeyFiles.scalar))
    #expect(key.spki == octets(KeyFiles.spki))
    #expect(revealed(try key.pem()) == Array(KeyFiles.pkcs8.utf8))
    #expect(try key.pkcs8().count == 138)
  }
}
