import CSystem

/// The events that the kernel's ACPI drivers report by generic netlink, in the family `acpi_event` (drivers/acpi/event.c). Numbers are
/// little-endian; include/uapi/linux/netlink.h and genetlink.h name them.
enum ACPIEvents {
  /// Bytes before a message's attributes: struct nlmsghdr and struct genlmsghdr.
  private static let headSize = 20
  /// Asks for the family's multicast groups: CTRL_CMD_GETFAMILY of the family 16, with a CTRL_ATTR_FAMILY_NAME of 15 bytes; 36 bytes in all.
  private static let question: StaticString =
    "\u{24}\0\0\0\u{10}\0\u{1}\0\0\0\0\0\0\0\0\0\u{3}\u{1}\0\0\u{f}\0\u{2}\0acpi_event\0\0"

  /// A non-blocking socket that receives them. Nil if there are none here: the kernel reports them in the first network namespace alone.
  static func open() -> Descriptor? {
    // the kernel has answered when write(2) returns
    guard let socket = try? Descriptor(taking: sys_netlink()), IO.writeAll(socket.number, bytes(question)),
      var group = group(receive(socket.number))
    else { return nil }
    // SOL_NETLINK, NETLINK_ADD_MEMBERSHIP
    if setsockopt(socket.number, 270, 1, &group, 4) != 0 { return nil }
    return socket
  }

  /// The next message from the kernel; empty if there is none, or if a process has sent it.
  static func receive(_ socket: Int32) -> [UInt8] {
    var message: [UInt8] = []
    _ = IO.append(to: &message, Limits.kernelEvent) { sys_netlink_receive(socket, $0, Limits.kernelEvent) }
    return message
  }

  /// The multicast group that the answer to `question` names.
  static func group(_ answer: [UInt8]) -> UInt32? {
    // CTRL_ATTR_MCAST_GROUPS is a list with numbered entries; the first one's CTRL_ATTR_MCAST_GRP_ID
    guard let groups = attribute(7, answer, from: headSize, to: answer.count),
      let first = attribute(1, answer, from: groups.lowerBound, to: groups.upperBound),
      let id = attribute(2, answer, from: first.lowerBound, to: first.upperBound), id.count == 4
    else { return nil }
    return UInt32(LittleEndian.decode(answer, id.lowerBound, 4))
  }

  /// Whether a message says that the power button was pressed.
  static func isPowerButton(_ message: [UInt8]) -> Bool {
    // ACPI_GENL_ATTR_EVENT, which begins with the device's class in 20 bytes
    guard let event = attribute(1, message, from: headSize, to: message.count) else { return false }
    return message[event].prefix(13).matches("button/power\0")
  }

  /// The place of the value of the first attribute of a kind.
  private static func attribute(_ kind: Int, _ message: [UInt8], from start: Int, to end: Int) -> Range<Int>? {
    var next = start
    while next + 4 <= end {
      let size = LittleEndian.decode(message, next, 2)
      if size < 4 || size > end - next { return nil }
      // the two highest bits of the kind are flags
      if LittleEndian.decode(message, next + 2, 2) & 0x3fff == kind { return next + 4..<next + size }
      // each begins at a multiple of 4
      next += (size + 3) & ~3
    }
    return nil
  }
}
