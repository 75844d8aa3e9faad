/// The address of the machine's network interface. IPv4 only.
struct StaticAddress: Equatable {
  /// 4 bytes each.
  let address: [UInt8]
  let mask: [UInt8]
  /// Empty if there is none.
  var gateway: [UInt8] = []
  /// The text of the name server's address; empty if there is none.
  var nameServer: [UInt8] = []

  /// Parses `ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]`, the prefix being 1 to 32; nil for anything else.
  init?(_ text: ArraySlice<UInt8>) {
    var parts: [[UInt8]] = [[]]
    for byte in text {
      let separator = parts.count == 1 ? UInt8(ascii: "/") : UInt8(ascii: ",")
      if byte == separator, parts.count < 4 { parts.append([]) } else { parts[parts.count - 1].append(byte) }
    }
    guard parts.count >= 2, let address = Self.v4(parts[0]), parts[1].count <= 2, parts[1].first != UInt8(ascii: "0"),
      let prefix = parseDecimal(parts[1]), prefix <= 32
    else { return nil }
    let ones = UInt32.max << (32 - UInt32(prefix))
    self.address = address
    mask = [
      UInt8(truncatingIfNeeded: ones >> 24), UInt8(truncatingIfNeeded: ones >> 16), UInt8(truncatingIfNeeded: ones >> 8),
      UInt8(truncatingIfNeeded: ones),
    ]
    if parts.count > 2 {
      guard let gateway = Self.v4(parts[2]) else { return nil }
      self.gateway = gateway
    }
    if parts.count > 3 {
      guard IPAddress.parse(parts[3]) != nil else { return nil }
      nameServer = parts[3]
    }
  }

  private static func v4(_ text: [UInt8]) -> [UInt8]? {
    guard let address = IPAddress.parse(text), address.count == 4 else { return nil }
    return address
  }
}
