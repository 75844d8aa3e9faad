/// The network of the machine: the loopback interface, and one other if it has an address.
enum Network {
  /// What fails is told; programs may do without.
  static func bringUp(_ address: StaticAddress?) {
    attempt(bytes("lo")) { () throws(Errno) in try NetworkInterface(name: bytes("lo")).up() }
    guard let address else { return }
    guard let name = firstEthernet() else { return Log.error(bytes("dstack.ip: there is no network interface")) }
    attempt(name) { () throws(Errno) in
      let interface = NetworkInterface(name: name)
      try interface.set(address: address.address, mask: address.mask)
      try interface.up()
      if !address.gateway.isEmpty { try NetworkInterface.setDefaultRoute(gateway: address.gateway) }
      if !address.nameServer.isEmpty { try setNameServer(address.nameServer) }
    }
  }

  private static func attempt(_ name: [UInt8], _ body: () throws(Errno) -> Void) {
    do throws(Errno) { try body() } catch { Log.failure("cannot bring up ", name, error) }
  }

  /// The first by name.
  private static func firstEthernet() -> [UInt8]? {
    let directory = bytes("/sys/class/net")
    for name in Directory.namesInOrder(directory) {
      // ARPHRD_ETHER of include/uapi/linux/if_arp.h
      let type = try? KernelFile.read(directory + "/" + name + "/type", Limits.machineName)
      if let type, type.matches("1\n") { return name }
    }
    return nil
  }

  private static func setNameServer(_ address: [UInt8]) throws(Errno) {
    try? Directory.make(bytes("/etc"), mode: 0o755)
    try Files.publish(bytes("nameserver ") + address + "\n", at: bytes("/etc/resolv.conf"))
  }
}
