/// The network of the machine: the loopback interface, and one other if it has an address or gets one.
enum Network {
  /// Failures are logged; programs may do without a network.
  @inline(never)
  static func bringUp(_ address: StaticAddress?) {
    attempt(bytes("lo")) { () throws(Errno) in try NetworkInterface(name: bytes("lo")).up() }
    guard let address, let interface = firstEthernet() else { return }
    attempt(interface.name) { () throws(Errno) in
      try configure(interface, address.address, address.mask, router: address.gateway)
      if !address.nameServer.isEmpty { try setNameServers(line(address.nameServer)) }
    }
  }

  /// The interface that DHCP gives an address; nil, which is logged, if that cannot begin. For IPv6 the kernel takes what routers announce
  /// once the interface is up, unless a `sysctl` on its command line says otherwise.
  /// `path` is that of this program.
  @inline(never)
  static func lease(_ path: [UInt8]) -> LeasedNetwork? {
    guard let interface = firstEthernet() else { return nil }
    attempt(interface.name) { () throws(Errno) in try interface.up() }
    do throws(AgentError) { return try LeasedNetwork(interface, path) } catch {
      Log.error(error.during(interface.name).text)
      return nil
    }
  }

  /// Sets an interface's address, and a default route unless `router` is empty.
  static func configure(
    _ interface: NetworkInterface, _ address: [UInt8], _ mask: [UInt8], router: [UInt8]
  ) throws(Errno) {
    try interface.set(address: address, mask: mask)
    try interface.up()
    // a network of one address does not contain its router
    if !router.isEmpty { try interface.setDefaultRoute(gateway: router, isOutside: mask[3] == 0xff) }
  }

  private static func attempt(_ name: [UInt8], _ body: () throws(Errno) -> Void) {
    do throws(Errno) { try body() } catch { Log.failure("cannot bring up ", name, error) }
  }

  /// The first by name; nil, which is logged, if there is none.
  private static func firstEthernet() -> NetworkInterface? {
    let directory = bytes("/sys/class/net")
    for name in Directory.namesInOrder(directory) {
      // ARPHRD_ETHER of include/uapi/linux/if_arp.h
      let type = try? KernelFile.read(directory + "/" + name + "/type", Limits.machineName)
      if let type, type.matches("1\n") { return NetworkInterface(name: name) }
    }
    Log.error("dstack.ip: there is no network interface")
    return nil
  }

  /// A line of /etc/resolv.conf; the address is text.
  @inline(never)
  static func line(_ address: [UInt8]) -> [UInt8] { bytes("nameserver ", address) + "\n" }

  /// Writes /etc/resolv.conf.
  static func setNameServers(_ text: [UInt8]) throws(Errno) {
    try? Directory.make(bytes("/etc"), mode: 0o755)
    try Files.publish(text, at: bytes("/etc/resolv.conf"))
  }
}
