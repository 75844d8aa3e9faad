/// The ACPI power button, with which the host asks for an orderly shutdown. The kernel's button driver reports it on an input device.
final class PowerButton: EventSource {
  /// Bytes of struct input_event on 64-bit machines, and of the time that it begins with; type, code and value follow
  /// (include/uapi/linux/input.h).
  private static let eventSize = 24
  private static let timeSize = 16

  private let pressed: () -> Void

  /// Calls `pressed` whenever the device reports the button.
  init(_ device: consuming Descriptor, pressed: @escaping () -> Void) {
    self.pressed = pressed
    super.init(device)
    events = Poll.readable
  }

  /// One for each input device, because any of them may be the button.
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
    // a device that has gone away would wake poll(2) for ever
    default: isFinished = true
    }
  }

  /// Whether one of these events says that the button went down.
  static func isPressed(_ events: [UInt8]) -> Bool {
    // type EV_KEY, code KEY_POWER, value 1 (input-event-codes.h): little-endian numbers of two, two and four bytes
    stride(from: eventSize, through: events.count, by: eventSize).contains { end in
      LittleEndian.decode(events, end - eventSize + timeSize, eventSize - timeSize) == 0x1_0074_0001
    }
  }
}
