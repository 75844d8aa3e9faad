import CSystem

/// Addresses of the network interfaces.
final class Interfaces {
  /// An address of an interface.
  final class Address {
    let interface: [UInt8]
    let text: [UInt8]
    /// Length of the network prefix, in bits.
    let prefix: UInt32

    /// `address` has 4 or 16 bytes.
    init(interface: [UInt8], _ address: [UInt8], prefix: UInt8) {
      self.interface = interface
      text = IPAddress.text(address)
      self.prefix = UInt32(prefix)
    }
  }

  /// Bytes of a record of `sys_inet_addresses`: the name padded with NULs (16), the address (4), the prefix length (1).
  private static let recordSize = 21

  /// For asking the kernel.
  private let socket = Descriptor(owning: sys_inet_socket())

  /// The IPv4 addresses, `Limits.addresses` of them at most.
  func v4() -> [Address] {
    let recordSize = Self.recordSize
    var records = [UInt8](repeating: 0, count: recordSize * Limits.addresses)
    let count = sys_inet_addresses(socket.number, &records, Int32(Limits.addresses))
    var out: [Address] = []
    while out.count < count {
      let record = Array(records[(out.count * recordSize)...].prefix(recordSize))
      let (name, address) = (Array(record[..<16].prefix { $0 != 0 }), Array(record[16..<20]))
      out.append(Address(interface: name, address, prefix: record[20]))
    }
    return out
  }
}
