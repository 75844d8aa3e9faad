/// A DHCP lease, as far as process 1 uses it, in big-endian words of four bytes: address, mask, router (0 for none), seconds, and name
/// servers (0 for those that are absent). The client reports it to process 1 in this form, and both check it.
enum Lease {
  static var size: Int { 16 + 4 * Limits.leasedNameServers }
  /// What the client reports when it has lost its lease.
  static var none: [UInt8] {
    @inline(never) get { [UInt8](repeating: 0, count: size) }
  }

  /// A word, by its number.
  static func word(_ data: [UInt8], _ index: Int) -> UInt64 { BigEndian.decode(data, 4 * index, 4) }

  static func milliseconds(_ data: [UInt8]) -> Int64 { Int64(word(data, 3)) * 1000 }

  /// Why data of that size is not a usable lease; nil if it is.
  @inline(never)
  static func fault(_ data: [UInt8]) -> StaticString? {
    let (address, mask, router) = (word(data, 0), word(data, 1), word(data, 2))
    let hosts = mask ^ 0xffff_ffff
    if mask == 0 || hosts & (hosts + 1) != 0 { return "no network mask, or one with gaps" }
    if !isMachine(address, hosts) { return "an address that no machine can have" }
    // with a mask of one address, the router need only be on the same wire
    if router != 0, router == address || !isMachine(router, hosts) || hosts != 0 && (router ^ address) & mask != 0 {
      return "a router that is not in the network"
    }
    if word(data, 3) == 0 { return "no time" }
    for index in 4..<size / 4 where word(data, index) != 0 && !isUnicast(word(data, index)) {
      return "a name server that no machine can be"
    }
    return nil
  }

  /// In a network of one or two addresses each can be a machine's (RFC 3021); in others the first and the last cannot.
  private static func isMachine(_ address: UInt64, _ hosts: UInt64) -> Bool {
    isUnicast(address) && (hosts < 3 || address & hosts != 0 && address & hosts != hosts)
  }

  /// Not 0.0.0.0/8, loopback, multicast or reserved.
  static func isUnicast(_ address: UInt64) -> Bool {
    let first = address >> 24
    return first != 0 && first != 127 && first < 224
  }
}
