import CSystem

/// Addresses of the network interfaces.
enum Interfaces {
  struct Address {
    let interface: [UInt8]
    let text: [UInt8]
    /// Bits of the network's part.
    let prefix: UInt32
  }

  /// A record of `sys_inet_addresses`: the name with NULs behind it, the address, the prefix.
  private static let recordSize = 21

  /// The IPv4 addresses, at most `Limits.addresses`.
  static func v4() -> [Address] {
    var records = [UInt8](repeating: 0, count: recordSize * Limits.addresses)
    let count = sys_inet_addresses(&records, Int32(Limits.addresses))
    var out: [Address] = []
    var start = 0
    while out.count < count {
      var name: [UInt8] = []
      while name.count < 16, records[start + name.count] != 0 { name.append(records[start + name.count]) }
      let address = Array(records[(start + 16)..<(start + 20)])
      out.append(Address(interface: name, text: IPAddress.text(address), prefix: UInt32(records[start + 20])))
      start += recordSize
    }
    return out
  }
}
