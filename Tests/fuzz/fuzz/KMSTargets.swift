@testable import agent

/// URLs, and the certificates of servers.
func fuzzKMS(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    let address = try KMSAddress(input)
    check(address.port > 0 && !address.host.isEmpty && address.path.last != UInt8(ascii: "/"), "an address is whole")
  }
  attempt { () throws(AgentError) in
    let certificate = try CertificateReader(der: input)
    _ = try certificate.dstackExtension(4)
    _ = try certificate.isFor([127, 0, 0, 1])
  }
}
