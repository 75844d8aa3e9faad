/// The machine's network: the loopback interface, and the first Ethernet interface if `dstack.ip` gives it an address.
enum Network {
  /// Brings up the loopback interface and, with a fixed address, the Ethernet interface. Failures are logged: programs may not need them.
  @inline(never)
  static func bringUp(_ address: StaticAddress?) {
    attempt(bytes("lo")) { () throws(Errno) in try NetworkInterface(name: bytes("lo")).up() }
    guard let address, let interface = firstEthernet() else { return }
    attempt(interface.name) { () throws(Errno) in
      try configure(interface, address.address, address.mask, router: address.gateway)
      if !address.nameServer.isEmpty { try setNameServers(line(address.nameServer)) }
    }
  }

  /// Starts DHCP on the first Ethernet interface; nil after logging why it cannot start. `path` is this program's. Once the interface is up,
  /// the kernel also configures IPv6 from router advertisements, unless a `sysctl` on its command line turns that off.
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
    // a /32 network does not contain its router
    if !router.isEmpty { try interface.setDefaultRoute(gateway: router, isOutside: mask[3] == 0xff) }
  }

  private static func attempt(_ name: [UInt8], _ body: () throws(Errno) -> Void) {
    do throws(Errno) { try body() } catch { Log.failure("cannot bring up ", name, error) }
  }

  /// The first Ethernet interface by name; nil after logging that there is none.
  private static func firstEthernet() -> NetworkInterface? {
    let directory = bytes("/sys/class/net")
    for name in Directory.namesInOrder(directory) {
      // 1 is ARPHRD_ETHER (include/uapi/linux/if_arp.h)
      let type = try? KernelFile.read(directory + "/" + name + "/type", Limits.machineName)
      if let type, type.matches("1\n") { return NetworkInterface(name: name) }
    }
    Log.error("dstack.ip: there is no network interface")
    return nil
  }

  /// A `nameserver` line of /etc/resolv.conf (resolv.conf(5)) for an address in text form.
  @inline(never)
  static func line(_ address: [UInt8]) -> [UInt8] { bytes("nameserver ", address) + "\n" }

  /// Writes /etc/resolv.conf, making /etc if it is missing.
  static func setNameServers(_ text: [UInt8]) throws(Errno) {
    try? Directory.make(bytes("/etc"), mode: 0o755)
    try Files.publish(text, at: bytes("/etc/resolv.conf"))
  }
}
