/// The fixed address of the machine's network interface, from `dstack.ip`. IPv4 only, except for the name server.
final class StaticAddress {
  /// 4 bytes; so are mask and gateway.
  let address: [UInt8]
  private(set) var mask: [UInt8] = [0, 0, 0, 0]
  /// Empty if there is none.
  private(set) var gateway: [UInt8] = []
  /// The name server's address as text, IPv4 or IPv6; empty if there is none.
  private(set) var nameServer: [UInt8] = []

  /// Parses `ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]` with a prefix of 1 to 32; nil for anything else.
  init?(_ text: ArraySlice<UInt8>) {
    var parts = TextParts(text, by: UInt8(ascii: ","))
    var network = TextParts(parts.next() ?? [], by: UInt8(ascii: "/"))
    guard let address = Self.v4(network.next()), let size = network.next(), network.next() == nil, size.count <= 2,
      size.first != UInt8(ascii: "0"), let prefix = parseDecimal(size), prefix <= 32
    else { return nil }
    self.address = address
    BigEndian.put(UInt64.max << (32 - prefix), 4, 0, &mask)
    if let text = parts.next() {
      guard let gateway = Self.v4(text) else { return nil }
      self.gateway = gateway
    }
    if let text = parts.next() {
      nameServer = Array(text)
      if IPAddress.parse(nameServer) == nil { return nil }
    }
    if parts.next() != nil { return nil }
  }

  private static func v4(_ text: ArraySlice<UInt8>?) -> [UInt8]? {
    guard let text, let address = IPAddress.parse(Array(text)), address.count == 4 else { return nil }
    return address
  }
}
