import CSystem
import Foundation
import Testing

@testable import agent

struct PowerButtonTests {
  /// What Linux 6.18 answered to the question for the family.
  private static let answer = octets(
    "68000000 1000 0000 00000000 56130000 01020000 0f000200 616370695f6576656e740000 06000100 1a000000 08000300 01000000 08000400 00000000"
      + "08000500 01000000 24000700 20000100 08000200 07000000 12000100 616370695f6d635f67726f7570000000")

  /// An event of a class of devices: struct acpi_genl_event of 44 bytes.
  private static func event(_ name: String, kind: String = "0100", size: String = "3000") -> [UInt8] {
    let name = [UInt8](name.utf8) + [UInt8](repeating: 0, count: 20 - name.utf8.count)
    let device = [UInt8]("LNXPWRBN:00".utf8) + [UInt8](repeating: 0, count: 5)
    return octets("44000000 1a00 0000 03000000 00000000 01010000 \(size) \(kind)") + name + device + octets("80000000 01000000")
  }

  private static let pressed = event("button/power")

  @Test func theGroup() {
    #expect(ACPIEvents.group(Self.answer) == 7)
    for count in 0..<72 { #expect(ACPIEvents.group(Array(Self.answer.prefix(count))) == nil, "\(count)") }
    // ENOENT, for a kernel without ACPI
    let refusal = octets("24000000 0200 0000 00000000 56130000 feffffff 24000000 1000 0100 00000000 00000000")
    #expect(ACPIEvents.group(refusal) == nil)
    // a size of 0, 3, or beyond the message
    for size: UInt8 in [0, 3, 255] {
      for place in [20, 60, 68, 72, 76] {
        var other = Self.answer
        other[place] = size
        #expect(ACPIEvents.group(other) == nil, "\(place)")
      }
    }
  }

  @Test func pressedOrNot() {
    #expect(ACPIEvents.isPowerButton(Self.pressed))
    // the flag NLA_F_NESTED, and another attribute before it
    #expect(ACPIEvents.isPowerButton(Self.event("button/power", kind: "0180")))
    #expect(ACPIEvents.isPowerButton(Self.pressed.prefix(20) + octets("0500 0200 ff000000") + Self.pressed.dropFirst(20)))
    for name in ["button/powe", "button/power2", "button/sleep", "battery", ""] {
      #expect(!ACPIEvents.isPowerButton(Self.event(name)), "\(name)")
    }
    #expect(!ACPIEvents.isPowerButton(Self.event("button/power", kind: "0200")))
    for size in ["0000", "0300", "3100", "ffff"] {
      #expect(!ACPIEvents.isPowerButton(Self.event("button/power", size: size)), "\(size)")
    }
    // the class with its end, and one byte less
    #expect(ACPIEvents.isPowerButton(Array(Self.event("button/power", size: "1100").prefix(37))))
    #expect(!ACPIEvents.isPowerButton(Array(Self.event("button/power", size: "1000").prefix(36))))
    for count in 0..<68 { #expect(!ACPIEvents.isPowerButton(Array(Self.pressed.prefix(count))), "\(count)") }
  }

  /// In the loop, where a message that was lost changes nothing.
  @Test func presses() throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
    defer { close(ends[1]) }
    let loop = try Loop()
    var presses = 0
    let button = PowerButton(Descriptor(owning: ends[0])) { presses += 1 }
    loop.add(button)
    for message in [Self.event("button/sleep"), Self.pressed, [], Self.pressed] {
      #expect(send(ends[1], message, message.count, 0) == message.count)
      loop.turn()
    }
    button.ready(Poll.readable)
    #expect(presses == 2 && button.descriptor == ends[0])
  }

  /// A message at the limit is received whole; of one that is a byte longer, the end is cut off.
  @Test(arguments: [0, 1]) func longMessages(_ above: Int) throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let message = (0..<Limits.kernelEvent + above).map { UInt8(truncatingIfNeeded: $0) }
    #expect(send(ends[1], message, message.count, 0) == message.count)
    #expect(ACPIEvents.receive(ends[0]) == Array(message[..<Limits.kernelEvent]))
    #expect(ACPIEvents.receive(ends[0]) == [])
  }

  /// Any process with CAP_NET_ADMIN can send to the group; only the kernel is believed. Needs the first network namespace and root.
  @Test func othersAreNotBelieved() throws {
    guard let socket = ACPIEvents.open() else { return }
    var address = [UInt8](repeating: 0, count: 12)
    let other = sys_netlink()
    defer { close(other) }
    // to the process that the socket was bound as, by struct sockaddr_nl
    var size = socklen_t(12)
    let sent = address.withUnsafeMutableBytes { room in
      room.withMemoryRebound(to: sockaddr.self) { to in
        getsockname(socket.number, to.baseAddress, &size) == 0
          && sendto(other, Self.pressed, Self.pressed.count, 0, to.baseAddress, size) == Self.pressed.count
      }
    }
    guard sent else { return }
    var waiting = [UInt8](repeating: 0, count: 100)
    #expect(recv(socket.number, &waiting, 100, Int32(MSG_PEEK)) == 68)
    #expect(ACPIEvents.receive(socket.number) == [] && recv(socket.number, &waiting, 100, 0) == -1)
  }
}
