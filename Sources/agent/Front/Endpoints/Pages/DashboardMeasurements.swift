/// The dashboard's part about what was measured.
enum DashboardMeasurements {
  /// Writes the sections, unless the app hides them.
  static func write(_ page: ByteBuffer, _ identity: PublicIdentity) {
    guard let registers = identity.registers, let log = identity.log else { return }
    let compose = identity.compose?.bytes ?? []
    page.fill(
      DashboardText.registers,
      [
        Hex.encode(registers.mrtd), Hex.encode(registers.rtmr0), Hex.encode(registers.rtmr1), Hex.encode(registers.rtmr2),
        Hex.encode(registers.rtmr3), Hex.encode(identity.app.mrAggregated),
      ])
    let count = log.boot.count + log.count
    page.fill(DashboardText.events, decimal(UInt64(count)))
    var events = EventStore.Cursor(log.boot)
    for index in 0..<min(count, Limits.pageRows) {
      if index == log.boot.count { events = EventStore.Cursor(log.runtime) }
      write(page, events.next(payload: Limits.pageValue))
    }
    page.append("</table></div>")
    Dashboard.more(page, count - Limits.pageRows)
    page.append("</details></section>\n")
    if !compose.isEmpty {
      let rest = compose.count > Limits.pageText ? bytes("\n…") : []
      page.fill(DashboardText.compose, [Array(compose.prefix(Limits.pageText)), rest])
    }
  }

  private static func write(_ page: ByteBuffer, _ event: LogEvent) {
    var payload = event.payload
    if !payload.allSatisfy({ $0 >= 0x20 && $0 <= 0x7e }) { payload = Hex.encode(payload) }
    if event.payloadSize > Limits.pageValue { payload += "…" }
    let isNamed = !event.name.isEmpty
    page.fill(
      DashboardText.event,
      [
        decimal(event.register), isNamed ? [] : bytes("dim"), isNamed ? event.name : bytes(typeName(event.type)), payload,
        Hex.encode(event.digest),
      ])
  }

  /// Event types of the TCG's PC Client Platform Firmware Profile, table 27.
  private static func typeName(_ type: UInt32) -> StaticString {
    switch type {
    case 0x1: "EV_POST_CODE"
    case 0x4: "EV_SEPARATOR"
    case 0x5: "EV_ACTION"
    case 0x6: "EV_EVENT_TAG"
    case 0x7: "EV_S_CRTM_CONTENTS"
    case 0x8: "EV_S_CRTM_VERSION"
    case 0xa: "EV_PLATFORM_CONFIG_FLAGS"
    case 0xd: "EV_IPL"
    case 0x8000_0001: "EV_EFI_VARIABLE_DRIVER_CONFIG"
    case 0x8000_0002: "EV_EFI_VARIABLE_BOOT"
    case 0x8000_0003: "EV_EFI_BOOT_SERVICES_APPLICATION"
    case 0x8000_0006: "EV_EFI_GPT_EVENT"
    case 0x8000_0007: "EV_EFI_ACTION"
    case 0x8000_0008: "EV_EFI_PLATFORM_FIRMWARE_BLOB"
    case 0x8000_0009: "EV_EFI_HANDOFF_TABLES"
    case 0x8000_000a: "EV_EFI_PLATFORM_FIRMWARE_BLOB2"
    case 0x8000_000b: "EV_EFI_HANDOFF_TABLES2"
    case 0x8000_00e0: "EV_EFI_VARIABLE_AUTHORITY"
    default: "unnamed"
    }
  }
}
