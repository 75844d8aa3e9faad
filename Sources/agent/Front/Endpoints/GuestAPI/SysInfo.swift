/// The machine's system, load, memory and disks.
struct SysInfo: ReplyMessage {
  let reading: SystemReading

  /// `/api/SysInfo`.
  static func serve(_ call: Call, _ machine: MachineStatus) {
    call.reply { SysInfo(reading: machine.reading(now: Clock.monotonic())) }
  }

  func write(_ fields: FieldWriter) {
    fields.string("os_name", 1, reading.osName)
    fields.string("os_version", 2, reading.osVersion)
    fields.string("kernel_version", 3, reading.kernelVersion)
    fields.string("cpu_model", 4, reading.cpuModel)
    fields.number("num_cpus", 5, UInt64(reading.cpuCount))
    fields.number("total_memory", 6, reading.totalMemory)
    fields.number("available_memory", 7, reading.availableMemory)
    fields.number("used_memory", 8, reading.usedMemory)
    fields.number("free_memory", 9, reading.freeMemory)
    fields.number("total_swap", 10, reading.totalSwap)
    fields.number("used_swap", 11, reading.usedSwap)
    fields.number("free_swap", 12, reading.freeSwap)
    fields.number("uptime", 13, reading.uptime)
    fields.number("loadavg_one", 14, UInt64(reading.loadOne))
    fields.number("loadavg_five", 15, UInt64(reading.loadFive))
    fields.number("loadavg_fifteen", 16, UInt64(reading.loadFifteen))
    fields.messages("disks", 17, count: reading.disks.count) { index, fields in
      let disk = reading.disks[index]
      fields.string("name", 1, disk.name)
      fields.string("mount_point", 2, disk.mountPoint)
      fields.number("total_size", 3, disk.size)
      fields.number("free_size", 5, disk.free)
    }
  }
}
