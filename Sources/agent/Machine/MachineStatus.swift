/// Reads the machine, once a second at most however many ask.
final class MachineStatus {
  private let dataDisks: [[UInt8]]
  private var last: SystemReading?
  private var expiry = Int64.min
  /// Resident memory of this process, bytes, read with the rest.
  private(set) var residentMemory: UInt64 = 0

  /// `dataDisks` are the mount points whose disks are told of.
  init(dataDisks: [[UInt8]]) { self.dataDisks = dataDisks }

  /// `now` is a time of `Clock.monotonic`.
  func reading(now: Int64) -> SystemReading {
    if let last, now < expiry { return last }
    expiry = now + Limits.reading
    let reading = SystemReading()
    readConstants(reading)
    reading.readMemory(Files.systemText("/proc/meminfo"))
    reading.readLoad(Files.systemText("/proc/loadavg"), uptime: Files.systemText("/proc/uptime"))
    let mounts = Files.systemText("/proc/self/mounts")
    for mountPoint in dataDisks {
      guard let source = Disk.source(of: mountPoint, mounts), let space = DiskSpace.space(mountPoint) else { continue }
      reading.disks.append(Disk(name: source, mountPoint: mountPoint, size: space.size, free: space.free))
    }
    residentMemory = (parseDecimal(TextWords(Files.systemText("/proc/self/statm")[...])[1]) ?? 0) &* UInt64(Process.pageSize)
    last = reading
    return reading
  }

  /// What does not change while the machine runs is read the first time only.
  private func readConstants(_ reading: SystemReading) {
    if let last {
      (reading.osName, reading.osVersion, reading.kernelVersion) = (last.osName, last.osVersion, last.kernelVersion)
      (reading.cpuModel, reading.cpuCount) = (last.cpuModel, last.cpuCount)
      return
    }
    let release = Files.systemText("/etc/os-release")
    reading.osName = OSRelease.value(of: "NAME", release) ?? []
    reading.osVersion = OSRelease.value(of: "VERSION_ID", release) ?? []
    reading.kernelVersion = Array(TextWords(Files.systemText("/proc/sys/kernel/osrelease")[...])[0])
    reading.readProcessor(Files.systemText("/proc/cpuinfo"))
    reading.cpuCount = Process.cpuCount
  }
}
