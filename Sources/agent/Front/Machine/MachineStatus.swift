/// Reads the machine's state, once a second at most, however many ask.
final class MachineStatus {
  private let disks: [DiskSpace]
  private let (memory, load, uptime, mountTable): (SystemFile, SystemFile, SystemFile, SystemFile)
  /// Of this process and its parent.
  private let processes = [
    SystemFile("/proc/self/statm"), SystemFile(bytes("/proc/", decimal(Process.parent)) + "/statm"),
  ]
  /// What does not change while the machine runs.
  private let constants = SystemReading()
  private var hasToldOfCut = false
  private var last: SystemReading?
  private var expiry = Int64.min
  /// Resident memory of the agent's two processes, in bytes, read with the rest.
  private(set) var residentMemory: UInt64 = 0

  /// Opens everything that it reads from. `dataDisks` are the mount points whose disks are reported.
  init(dataDisks: [[UInt8]], mountsFile: [UInt8] = bytes("/proc/self/mounts")) {
    disks = dataDisks.map { DiskSpace($0) }
    (memory, load, uptime) = (SystemFile("/proc/meminfo"), SystemFile("/proc/loadavg"), SystemFile("/proc/uptime"))
    mountTable = SystemFile(mountsFile)
    readConstants(constants)
  }

  /// `now` is a time of `Clock.monotonic`.
  func reading(now: Int64) -> SystemReading {
    if let last, now < expiry { return last }
    expiry = now + Limits.reading
    let reading = SystemReading()
    (reading.osName, reading.osVersion, reading.kernelVersion) = (
      constants.osName, constants.osVersion, constants.kernelVersion
    )
    (reading.cpuModel, reading.cpuCount) = (constants.cpuModel, constants.cpuCount)
    reading.readMemory(memory.text())
    reading.readLoad(load.text(), uptime: uptime.text())
    let mounts = mounts()
    for disk in disks {
      guard let source = Disk.source(of: disk.path, mounts), let space = disk.space else { continue }
      reading.disks.append(Disk(name: source, mountPoint: disk.path, size: space.size, free: space.free))
    }
    residentMemory = 0
    for process in processes {
      residentMemory &+= (parseDecimal(TextWords(process.text()[...])[1]) ?? 0) &* UInt64(Process.pageSize)
    }
    last = reading
    return reading
  }

  /// The mount table, in whole lines. Of several mounts at a path, the last counts.
  private func mounts() -> [UInt8] {
    var text = mountTable.text(limit: Limits.mounts + 1)
    if text.count <= Limits.mounts { return text }
    if !hasToldOfCut { Log.warning("the mount table is larger than 4 MiB: disks after that are not reported") }
    hasToldOfCut = true
    text.removeLast()
    // half a path may look like another disk's
    while let last = text.last, last != 0x0a { text.removeLast() }
    return text
  }

  private func readConstants(_ reading: SystemReading) {
    let release = Files.systemText("/etc/os-release")
    reading.osName = OSRelease.value(of: "NAME", release) ?? []
    reading.osVersion = OSRelease.value(of: "VERSION_ID", release) ?? []
    reading.kernelVersion = Array(TextWords(Files.systemText("/proc/sys/kernel/osrelease")[...])[0])
    reading.readProcessor(Files.systemText("/proc/cpuinfo"))
    reading.cpuCount = Process.cpuCount
  }
}
