import CSystem

/// Addresses of host names, by /etc/hosts and the name servers of /etc/resolv.conf. What they say is not trusted: who is reached by
/// them has to prove who it is.
enum Resolver {
  /// Of an IP address in text form, a name of /etc/hosts, or a name that the DNS knows: 4 or 16 bytes each, at most
  /// `Limits.nameAddresses`. None if there are none, or no server answers in time.
  static func addresses(_ host: [UInt8], deadline: Int64) throws(AgentError) -> [[UInt8]] {
    if let address = IPAddress.parse(host) { return [address] }
    if let address = local(host) { return [address] }
    for _ in 0..<Limits.nameTries {
      for server in servers() {
        for type in [DNSMessage.a, DNSMessage.aaaa] {
          let found = try ask(server, host, type, until: min(deadline, Clock.monotonic() + Limits.nameAnswer))
          // a server that does not answer one question does not answer another
          guard let found else { break }
          if !found.isEmpty { return found }
          if type == DNSMessage.aaaa { return [] }
        }
      }
    }
    return []
  }

  private static func local(_ host: [UInt8]) -> [UInt8]? {
    var found: [UInt8]?
    eachLine(bytes("/etc/hosts")) { words in
      var isNamed = false
      for index in 1..<words.count where isSame(words[index], host) { isNamed = true }
      if isNamed, found == nil { found = IPAddress.parse(words[0]) }
    }
    return found
  }

  private static func isSame(_ name: [UInt8], _ other: [UInt8]) -> Bool {
    guard name.count == other.count else { return false }
    for offset in 0..<name.count where lowercased(name[offset]) != lowercased(other[offset]) { return false }
    return true
  }

  private static func servers() -> [[UInt8]] {
    var servers: [[UInt8]] = []
    eachLine(bytes("/etc/resolv.conf")) { words in
      guard words.count > 1, words[0].matches("nameserver"), servers.count < Limits.nameServers else { return }
      if let address = IPAddress.parse(words[1]) { servers.append(address) }
    }
    return servers
  }

  /// Nil if there is no answer.
  private static func ask(_ server: [UInt8], _ host: [UInt8], _ type: UInt8, until deadline: Int64) throws(AgentError)
    -> [[UInt8]]?
  {
    guard let question = DNSMessage.question(host, type: type, id: try Random.bytes(2)) else { return [] }
    do throws(AgentError) {
      let descriptor = try Errno.explain("no name server") { () throws(Errno) in
        try Sockets.connect(address: server, port: 53, isStream: false)
      }
      let socket = DeadlineSocket(descriptor, deadline: deadline)
      try socket.send(question)
      while true {
        let answer = try socket.receive(upTo: Limits.nameMessage)
        // what answers no question of ours is passed over
        if DNSMessage.isAnswer(answer, to: question) { return DNSMessage.addresses(answer, to: question) }
      }
    } catch {
      return nil
    }
  }

  /// Hands on the words of each line that has some, without comments. A file that cannot be read has none.
  private static func eachLine(_ path: [UInt8], _ body: ([[UInt8]]) -> Void) {
    guard let text = try? Files.read(path, limit: Limits.hostsFile) else { return }
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    var isComment = false
    for byte in text + [0x0a] {
      if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") { isComment = true }
      if byte > 0x20 {
        if !isComment { word.append(byte) }
        continue
      }
      if !word.isEmpty { words.append(word) }
      word = []
      if byte == 0x0a {
        if !words.isEmpty { body(words) }
        words = []
        isComment = false
      }
    }
  }
}
