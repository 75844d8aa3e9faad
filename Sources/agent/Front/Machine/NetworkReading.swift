/// The guest's network: name servers, gateways, and the interfaces that the host gave it.
struct NetworkReading {
  /// A network interface and its counters.
  final class Interface {
    let name: [UInt8]
    fileprivate(set) var addresses: [Interfaces.Address] = []
    let receivedBytes: UInt64
    let receiveErrors: UInt64
    let sentBytes: UInt64
    let sendErrors: UInt64

    /// `numbers` are those of the interface's line in /proc/net/dev.
    fileprivate init(name: [UInt8], _ numbers: TextWords) {
      @inline(never)
      func number(_ index: Int) -> UInt64 { parseDecimal(numbers[index]) ?? 0 }
      self.name = name
      (receivedBytes, receiveErrors, sentBytes, sendErrors) = (number(0), number(2), number(8), number(10))
    }
  }

  /// Addresses as text.
  var nameServers: [[UInt8]] = []
  var gateways: [[UInt8]] = []
  var interfaces: [Interface] = []

  /// resolv.conf(5): `nameserver <address>`.
  mutating func readResolver(_ text: [UInt8]) {
    for line in TextParts(linesOf: text) {
      let words = TextWords(line)
      guard words[0].matches("nameserver"), nameServers.count < Limits.addresses else { continue }
      let server = Array(words[1])
      if IPAddress.parse(server) != nil { nameServers.append(server) }
    }
  }

  /// /proc/net/route: the IPv4 default routes. Interface, destination, gateway, flags, and as the eighth word the mask. Numbers
  /// are hexadecimal; addresses are printed as little-endian numbers.
  mutating func readRoutes(_ text: [UInt8]) {
    for line in TextParts(linesOf: text) {
      let words = TextWords(line)
      let isDefault = words[1].matches("00000000") && words[7].matches("00000000")
      guard isDefault, gateways.count < Limits.addresses else { continue }
      guard let gateway = Hex.decode(words[2]), gateway.count == 4, gateway != [0, 0, 0, 0] else { continue }
      gateways.append(IPAddress.text([gateway[3], gateway[2], gateway[1], gateway[0]]))
    }
  }

  /// /proc/net/dev: name and colon, then eight numbers about what was received and eight about what was sent. In each eight,
  /// bytes come first and errors third.
  mutating func readInterfaces(_ text: [UInt8]) {
    for line in TextParts(linesOf: text) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), interfaces.count < Limits.addresses else { continue }
      let name = Array(TextWords(line[..<colon])[0])
      guard name.hasPrefix("dstack-wg") || name.hasPrefix("eth") || name.hasPrefix("enp") else { continue }
      interfaces.append(Interface(name: name, TextWords(line[(colon + 1)...])))
    }
  }

  /// /proc/net/if_inet6: address, interface index, prefix length, scope, flags (all hexadecimal), name.
  mutating func readAddresses(_ text: [UInt8]) {
    for line in TextParts(linesOf: text) {
      let words = TextWords(line)
      guard let address = Hex.decode(words[0]), address.count == 16 else { continue }
      guard let prefix = Hex.decode(words[2]), prefix.count == 1 else { continue }
      let name = Array(words[5])
      add(Interfaces.Address(interface: name, address, prefix: prefix[0]))
    }
  }

  /// Adds an address to its interface, if that is one of those above.
  mutating func add(_ address: Interfaces.Address) {
    for index in interfaces.indices where interfaces[index].name == address.interface {
      if interfaces[index].addresses.count < Limits.addresses { interfaces[index].addresses.append(address) }
    }
  }
}

/// Reads the network's state from files and a socket that are opened at the start.
final class NetworkSource {
  private let (routes, devices, addresses): (SystemFile, SystemFile, SystemFile)
  private let interfaces = Interfaces()

  init() {
    (routes, devices) = (SystemFile("/proc/net/route"), SystemFile("/proc/net/dev"))
    addresses = SystemFile("/proc/net/if_inet6")
  }

  /// `resolver` is the text of /etc/resolv.conf.
  func reading(resolver: [UInt8]) -> NetworkReading {
    var reading = NetworkReading()
    reading.readResolver(resolver)
    reading.readRoutes(routes.text())
    reading.readInterfaces(devices.text())
    for address in interfaces.v4() { reading.add(address) }
    reading.readAddresses(addresses.text())
    return reading
  }
}
