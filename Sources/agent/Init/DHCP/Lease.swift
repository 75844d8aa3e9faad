/// A DHCP lease in the form in which the client reports it to process 1, as big-endian words of four bytes: address, mask, router
/// (0 for none), duration in seconds, and three name servers (0 for none). Both processes check it.
enum Lease {
  /// Bytes.
  static var size: Int { 16 + 4 * Limits.leasedNameServers }
  /// All zeros: what the client reports when it has lost its lease.
  static var none: [UInt8] {
    @inline(never) get { [UInt8](repeating: 0, count: size) }
  }

  /// The word at an index.
  static func word(_ data: [UInt8], _ index: Int) -> UInt64 { BigEndian.decode(data, 4 * index, 4) }

  /// The lease's duration.
  static func milliseconds(_ data: [UInt8]) -> Int64 { Int64(word(data, 3)) * 1000 }

  /// Why data of `size` bytes is not a usable lease, as the object of "it has"; nil if it is usable.
  @inline(never)
  static func fault(_ data: [UInt8]) -> StaticString? {
    let (address, mask, router) = (word(data, 0), word(data, 1), word(data, 2))
    let hosts = mask ^ 0xffff_ffff
    if mask == 0 || hosts & (hosts + 1) != 0 { return "no network mask, or one with gaps" }
    if !isMachine(address, hosts) { return "an address that no machine can have" }
    // with a /32 mask the router is outside the network, and is reached by a separate route
    if router != 0, router == address || !isMachine(router, hosts) || hosts != 0 && (router ^ address) & mask != 0 {
      return "a router that is not in the network"
    }
    if word(data, 3) == 0 { return "no lease time" }
    for index in 4..<size / 4 where word(data, index) != 0 && !isUnicast(word(data, index)) {
      return "an impossible name server address"
    }
    return nil
  }

  /// Whether a machine can have this address. In a network of one or two addresses all can be used (RFC 3021); in others the
  /// first is the network and the last is broadcast.
  private static func isMachine(_ address: UInt64, _ hosts: UInt64) -> Bool {
    isUnicast(address) && (hosts < 3 || address & hosts != 0 && address & hosts != hosts)
  }

  /// Whether an address is outside 0.0.0.0/8, loopback (127.0.0.0/8), multicast and reserved space (224.0.0.0 and above).
  static func isUnicast(_ address: UInt64) -> Bool {
    let first = address >> 24
    return first != 0 && first != 127 && first < 224
  }
}
