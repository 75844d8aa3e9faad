/// The ACPI power button, with which the host asks for an orderly shutdown.
final class PowerButton: EventSource {
  private let pressed: () -> Void

  /// Calls `pressed` for each press reported on a socket of `ACPIEvents`.
  init(_ socket: consuming Descriptor, pressed: @escaping () -> Void) {
    self.pressed = pressed
    super.init(socket)
    events = Poll.readable
  }

  // an error means that events were lost; receiving clears it
  override func ready(_ happened: Int16) { if ACPIEvents.isPowerButton(ACPIEvents.receive(descriptor)) { pressed() } }
}
