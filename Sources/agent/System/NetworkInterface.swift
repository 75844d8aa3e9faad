import CSystem

/// A network interface, by its name (netdevice(7)).
struct NetworkInterface {
  let name: [UInt8]

  /// Brings it up.
  func up() throws(Errno) { try Errno.check(withPath(name) { sys_interface_up($0) }) }

  /// Replaces its IPv4 address and mask, of 4 bytes each; the kernel adds the route to that network.
  func set(address: [UInt8], mask: [UInt8]) throws(Errno) {
    guard address.count == 4, mask.count == 4 else { throw .malformed }
    try Errno.check(withPath(name) { sys_interface_address($0, address, mask) })
  }

  /// Removes its address and the routes that depend on it.
  func clear() throws(Errno) { try set(address: [0, 0, 0, 0], mask: [0, 0, 0, 0]) }

  /// Sets the default route to a gateway of 4 bytes on the same link. One that `isOutside` the interface's network gets a host
  /// route first.
  func setDefaultRoute(gateway: [UInt8], isOutside: Bool) throws(Errno) {
    guard gateway.count == 4 else { throw .malformed }
    try Errno.check(withPath(name) { sys_default_route(gateway, isOutside ? $0 : nil) })
  }

  /// This path exists while process 1 waits for a lease: a startup that needs a network waits as well.
  static let noLease: StaticString = "/run/dstack.no-lease"

  /// A packet socket that receives only UDP to the DHCP clients' port, 68, and sends any frame. It also binds that port, which
  /// others then cannot bind. The caller closes the descriptor.
  func openDHCP() throws(AgentError) -> Int32 {
    try Errno.check(withPath(name) { sys_dhcp_socket($0) }, "no socket for DHCP")
  }

  /// The 6 bytes of the hardware address of the interface that such a socket is bound to, as a number.
  static func hardwareAddress(_ socket: Int32) throws(AgentError) -> UInt64 {
    var address: UInt64 = 0
    try Errno.check(sys_hardware_address(socket, &address), "no socket for DHCP")
    return address.bigEndian >> 16
  }
}
