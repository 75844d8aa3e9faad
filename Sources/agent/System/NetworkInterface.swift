import CSystem

/// A network interface, by its name (netdevice(7)).
struct NetworkInterface {
  let name: [UInt8]

  func up() throws(Errno) { try Errno.check(withPath(name) { sys_interface_up($0) }) }

  /// Gives it an address and a mask of 4 bytes each; the kernel adds the route to its network.
  func set(address: [UInt8], mask: [UInt8]) throws(Errno) {
    guard address.count == 4, mask.count == 4 else { throw .malformed }
    try Errno.check(withPath(name) { sys_interface_address($0, address, mask) })
  }

  /// Routes what no other route takes to an address of 4 bytes.
  static func setDefaultRoute(gateway: [UInt8]) throws(Errno) {
    guard gateway.count == 4 else { throw .malformed }
    try Errno.check(sys_default_route(gateway))
  }
}
