/// Reads the machine, once a second at most however many ask.
final class MachineStatus {
  private let dataDisks: [[UInt8]]
  private let mountsFile: [UInt8]
  private var hasToldOfCut = false
  private var last: SystemReading?
  private var expiry = Int64.min
  /// Resident memory of this process, bytes, read with the rest.
  private(set) var residentMemory: UInt64 = 0

  /// `dataDisks` are the mount points whose disks are told of.
  init(dataDisks: [[UInt8]], mountsFile: [UInt8] = bytes("/proc/self/mounts")) {
    self.dataDisks = dataDisks
    self.mountsFile = mountsFile
  }

  /// `now` is a time of `Clock.monotonic`.
  func reading(now: Int64) -> SystemReading {
    if let last, now < expiry { return last }
    expiry = now + Limits.reading
    let reading = SystemReading()
    readConstants(reading)
    reading.readMemory(Files.systemText("/proc/meminfo"))
    reading.readLoad(Files.systemText("/proc/loadavg"), uptime: Files.systemText("/proc/uptime"))
    let mounts = mounts()
    for mountPoint in dataDisks {
      guard let source = Disk.source(of: mountPoint, mounts), let space = DiskSpace.space(mountPoint) else { continue }
      reading.disks.append(Disk(name: source, mountPoint: mountPoint, size: space.size, free: space.free))
    }
    residentMemory = (parseDecimal(TextWords(Files.systemText("/proc/self/statm")[...])[1]) ?? 0) &* UInt64(Process.pageSize)
    last = reading
    return reading
  }

  /// The mounts, in whole lines: the last ones are those that count.
  private func mounts() -> [UInt8] {
    guard var text = try? Descriptor(mountsFile, .reading).readAll(upTo: Limits.mounts + 1) else { return [] }
    if text.count <= Limits.mounts { return text }
    if !hasToldOfCut { Log.warning(bytes("the table of mounts is above 4 MiB: a disk behind that is not reported")) }
    hasToldOfCut = true
    text.removeLast()
    // the start of a path may be another disk's
    while let last = text.last, last != 0x0a { text.removeLast() }
    return text
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
