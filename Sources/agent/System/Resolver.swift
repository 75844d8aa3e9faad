import CSystem

/// Addresses of host names, by the C library's getaddrinfo(3). The answers are not trusted: a server at one of them must prove
/// its identity.
enum Resolver {
  /// Bytes of a record of `sys_look_up`: the address's size, 4 or 16, and room for 16 bytes.
  private static let recordSize = 17

  /// The addresses of a name, or of an IP address in text form: 4 or 16 bytes each, `Limits.nameAddresses` of them at most. None
  /// if none are found within `timeout` milliseconds. getaddrinfo waits for as long as /etc/resolv.conf says and reads what
  /// anyone may send, so a child calls it.
  static func addresses(_ host: [UInt8], timeout: Int64) -> [[UInt8]] {
    if let address = IPAddress.parse(host) { return [address] }
    let size = recordSize * Limits.nameAddresses
    let found = try? Worker.run(timeout: timeout, limit: size) { () throws(AgentError) in
      var records = [UInt8](repeating: 0, count: size)
      let count = withPath(host) { sys_look_up($0, &records, Int32(Limits.nameAddresses)) }
      return try Secret(copying: Array(records.prefix(recordSize * Int(max(0, count)))))
    }
    guard let records = found?.plain() else { return [] }
    var addresses: [[UInt8]] = []
    for start in stride(from: 0, through: records.count - recordSize, by: recordSize) {
      let address = records[(start + 1)...].prefix(Int(records[start]))
      if address.count == 4 || address.count == 16 { addresses.append(Array(address)) }
    }
    return addresses
  }
}
