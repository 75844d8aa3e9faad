@testable import agent

/// Name servers' answers to a question, which come behind the first byte's worth of it.
func fuzzNames(_ input: [UInt8]) {
  guard let length = input.first.map(Int.init), input.count > length else { return }
  let name = Array(input[1..<(1 + length)])
  for type in [DNSMessage.a, DNSMessage.aaaa] {
    guard let question = DNSMessage.question(name, type: type, id: [1, 2]) else { continue }
    check(question.count == name.count + 18, "a question has one more byte than the name, and no less")
    var answer = Array(input[(1 + length)...])
    _ = DNSMessage.isAnswer(answer, to: question)
    // past the identifier, the flags and the question
    answer = [1, 2, 0x81, 0x80, 0, 1] + answer.prefix(6)
    while answer.count < 12 { answer.append(0) }
    answer += question[12...] + input[(1 + length)...].dropFirst(6)
    guard DNSMessage.isAnswer(answer, to: question) else { continue }
    let addresses = DNSMessage.addresses(answer, to: question) ?? []
    check(addresses.count <= Limits.nameAddresses, "addresses have a bound")
    check(addresses.allSatisfy { $0.count == (type == DNSMessage.a ? 4 : 16) }, "an address has its size")
  }
}

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
