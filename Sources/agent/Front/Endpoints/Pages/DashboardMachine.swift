/// The dashboard's part about the machine.
enum DashboardMachine {
  /// Writes the section.
  static func write(_ page: ByteBuffer, _ system: SystemReading) {
    page.fill(
      DashboardText.machine,
      [
        system.osName, system.osVersion, system.kernelVersion, decimal(system.cpuCount), system.cpuModel, load(system.loadOne),
        load(system.loadFive), load(system.loadFifteen), decimal(system.uptime / 86400), decimal(system.uptime / 3600 % 24),
        decimal(system.uptime / 60 % 60), decimal(system.uptime % 60),
      ])
    use(page, bytes("Memory"), system.usedMemory, system.totalMemory)
    if system.totalSwap > 0 { use(page, bytes("Swap"), system.usedSwap, system.totalSwap) }
    for disk in system.disks { use(page, disk.mountPoint, disk.used, disk.size) }
    page.append("</dl><p><a href=\"/metrics\">Metrics for Prometheus</a></p></section>\n")
  }

  /// How much of something is used, in bytes.
  @inline(never)
  private static func use(_ page: ByteBuffer, _ what: [UInt8], _ used: UInt64, _ total: UInt64) {
    let percent = used / max(total / 100, 1)
    page.fill(DashboardText.use, [what, decimal(min(percent, 100)), size(used), size(total)])
  }

  /// Bytes with one decimal place: `1.5 GiB`.
  static func size(_ number: UInt64) -> [UInt8] {
    let units = bytes("BKMGTPE")
    var unit = 0
    while unit < 6, number >> UInt64(10 * (unit + 1)) > 0 { unit += 1 }
    let shift = UInt64(10 * unit)
    var text = decimal(number >> shift)
    if unit == 0 { return text + " B" }
    text.append(UInt8(ascii: "."))
    text += decimal((number >> (shift - 10) & 1023) * 10 / 1024)
    text.append(UInt8(ascii: " "))
    text.append(units[unit])
    return text + "iB"
  }

  private static func load(_ hundredths: UInt32) -> [UInt8] { Metrics.fraction(UInt64(hundredths), 2) }
}
