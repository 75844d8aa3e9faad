import CSystem

/// A network interface, by its name (netdevice(7)).
struct NetworkInterface {
  let name: [UInt8]

  func up() throws(Errno) { try Errno.check(withPath(name) { sys_interface_up($0) }) }

  /// Gives it an address and a mask of 4 bytes each, in the place of another; the kernel adds the route to its network.
  func set(address: [UInt8], mask: [UInt8]) throws(Errno) {
    guard address.count == 4, mask.count == 4 else { throw .malformed }
    try Errno.check(withPath(name) { sys_interface_address($0, address, mask) })
  }

  /// Takes its address and what is routed to it.
  func clear() throws(Errno) { try set(address: [0, 0, 0, 0], mask: [0, 0, 0, 0]) }

  /// Routes what no other route takes to an address of 4 bytes, which is on the same wire.
  func setDefaultRoute(gateway: [UInt8], isOutside: Bool) throws(Errno) {
    guard gateway.count == 4 else { throw .malformed }
    try Errno.check(withPath(name) { sys_default_route(gateway, isOutside ? $0 : nil) })
  }

  /// There while a lease is waited for: a startup that needs a network waits as well.
  static let noLease: StaticString = "/run/dstack.no-lease"

  /// A socket for the frames that DHCP servers send to clients, and for whatever frames are sent. Others cannot have the clients' port then.
  /// The descriptor is the caller's.
  func openDHCP() throws(AgentError) -> Int32 {
    try Errno.check(withPath(name) { sys_dhcp_socket($0) }, "no socket for DHCP")
  }

  /// The 6 bytes of the interface that such a socket is bound to, as a number.
  static func hardwareAddress(_ socket: Int32) throws(AgentError) -> UInt64 {
    var address: UInt64 = 0
    try Errno.check(sys_hardware_address(socket, &address), "no socket for DHCP")
    return address.bigEndian >> 16
  }
}
