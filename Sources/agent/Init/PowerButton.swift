/// The power button, by which the host asks for an orderly end: the ACPI button driver tells of it on an input device.
final class PowerButton: EventSource {
  /// Bytes of struct input_event (include/uapi/linux/input.h) on 64-bit machines; time, then type, code and value.
  private static let eventSize = 24
  private static let timeSize = 16

  private let pressed: () -> Void

  init(_ device: consuming Descriptor, pressed: @escaping () -> Void) {
    self.pressed = pressed
    super.init(device)
    events = Poll.readable
  }

  /// The devices that may tell of it, all input devices there are.
  static func devices(pressed: @escaping () -> Void) -> [PowerButton] {
    let directory = bytes("/dev/input")
    var devices: [PowerButton] = []
    for name in Directory.names(directory, prefix: "event") {
      guard let device = try? Descriptor(directory + "/" + name, .reading) else { continue }
      devices.append(PowerButton(device, pressed: pressed))
    }
    return devices
  }

  override func ready(_ happened: Int16) {
    var data: [UInt8] = []
    switch IO.read(descriptor, appendingTo: &data, limit: Limits.inputEvents) {
    case .bytes: if Self.isPressed(data) { pressed() }
    // a device that is gone would wake the poll for ever
    default: isFinished = true
    }
  }

  /// Whether what a device tells is that the button was pressed.
  static func isPressed(_ events: [UInt8]) -> Bool {
    // EV_KEY, KEY_POWER (input-event-codes.h), 1 for down; little-endian numbers of two, two and four bytes
    stride(from: eventSize, through: events.count, by: eventSize).contains { end in
      LittleEndian.decode(events, end - eventSize + timeSize, eventSize - timeSize) == 0x1_0074_0001
    }
  }
}
