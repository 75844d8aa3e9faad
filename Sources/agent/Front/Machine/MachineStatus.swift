/// Reads the machine, once a second at most however many ask.
final class MachineStatus {
  private let disks: [DiskSpace]
  private let (memory, load, uptime, mountTable): (SystemFile, SystemFile, SystemFile, SystemFile)
  /// Of this process and of its parent.
  private let processes = [
    SystemFile("/proc/self/statm"), SystemFile(bytes("/proc/", decimal(Process.parent)) + "/statm"),
  ]
  /// What does not change while the machine runs.
  private let constants = SystemReading()
  private var hasToldOfCut = false
  private var last: SystemReading?
  private var expiry = Int64.min
  /// Resident memory of the agent's two processes, bytes, read with the rest.
  private(set) var residentMemory: UInt64 = 0

  /// Opens all that it reads from. `dataDisks` are the mount points whose disks are told of.
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

  /// The mounts, in whole lines: the last ones are those that count.
  private func mounts() -> [UInt8] {
    var text = mountTable.text(limit: Limits.mounts + 1)
    if text.count <= Limits.mounts { return text }
    if !hasToldOfCut { Log.warning("the table of mounts is above 4 MiB: a disk behind that is not reported") }
    hasToldOfCut = true
    text.removeLast()
    // the start of a path may be another disk's
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
