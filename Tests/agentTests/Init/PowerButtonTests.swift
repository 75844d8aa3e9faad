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
}
