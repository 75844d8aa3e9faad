import Foundation
import Testing

@testable import agent

struct PowerButtonTests {
  /// struct input_event: the time, then type, code and value.
  private static func event(_ tail: String) -> [UInt8] { [UInt8](repeating: 0xff, count: 16) + octets(tail) }

  private static let pressed = event("0100 7400 01000000")
  private static let others = [
    event("0000 0000 00000000"), event("0100 7400 00000000"), event("0100 7400 02000000"), event("0100 7500 01000000"),
    event("0200 7400 01000000"), event("0101 7400 01000000"),
  ]

  @Test func pressedOrNot() {
    #expect(PowerButton.isPressed(Self.pressed))
    #expect(!PowerButton.isPressed([]))
    #expect(!PowerButton.isPressed(Self.pressed.dropLast()))
    for other in Self.others {
      #expect(!PowerButton.isPressed(other))
      #expect(PowerButton.isPressed(other + Self.pressed) && PowerButton.isPressed(Self.pressed + other))
    }
  }

  /// A device in the loop, which is removed when the device is gone.
  @Test func device() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let loop = Loop()
    var presses = 0
    let device = PowerButton(Descriptor(owning: ends[0])) { presses += 1 }
    loop.add(device)
    for events in [Self.others[0], Self.pressed] {
      #expect(IO.writeAll(ends[1], events))
      loop.turn()
    }
    #expect(presses == 1 && device.descriptor == ends[0])
    close(ends[1])
    loop.turn()
    #expect(presses == 1 && device.descriptor == -1)
  }
}
