/// Reads the machine, once a second at most however many ask.
final class MachineStatus {
  private let dataDisks: [[UInt8]]
  /// What of it does not change while the machine runs is read only then.
  private var first: SystemReading?
  private var last = SystemReading()
  private var expiry = Int64.min
  /// Resident memory of this process, bytes, read with the rest.
  private(set) var residentMemory: UInt64 = 0

  /// `dataDisks` are the mount points whose disks are told of.
  init(dataDisks: [[UInt8]]) { self.dataDisks = dataDisks }

  /// `now` is a time of `Clock.monotonic`.
  func reading(now: Int64) -> SystemReading {
    if now < expiry { return last }
    expiry = now + Limits.reading
    let reading = SystemReading()
    readConstants(reading)
    reading.readMemory(Self.file("/proc/meminfo"))
    reading.readLoad(Self.file("/proc/loadavg"), uptime: Self.file("/proc/uptime"))
    let mounts = Self.file("/proc/self/mounts")
    for mountPoint in dataDisks {
      guard let source = Disk.source(of: mountPoint, mounts), let space = DiskSpace.space(mountPoint) else { continue }
      reading.disks.append(Disk(name: source, mountPoint: mountPoint, size: space.size, free: space.free))
    }
    residentMemory = (parseDecimal(TextLines.word(Self.file("/proc/self/statm")[...], 1)) ?? 0) &* UInt64(Process.pageSize)
    last = reading
    return reading
  }

  private func readConstants(_ reading: SystemReading) {
    if let first {
      (reading.osName, reading.osVersion, reading.kernelVersion) = (first.osName, first.osVersion, first.kernelVersion)
      (reading.cpuModel, reading.cpuCount) = (first.cpuModel, first.cpuCount)
      return
    }
    let release = Self.file("/etc/os-release")
    reading.osName = OSRelease.value(of: "NAME", release) ?? []
    reading.osVersion = OSRelease.value(of: "VERSION_ID", release) ?? []
    var lines = TextLines(Self.file("/proc/sys/kernel/osrelease"))
    if let line = lines.next() { reading.kernelVersion = Array(line) }
    reading.readProcessor(Self.file("/proc/cpuinfo"))
    reading.cpuCount = Process.cpuCount
    first = reading
  }

  /// What fits of a file of the kernel's; empty if it cannot be read.
  private static func file(_ path: StaticString) -> [UInt8] { Files.beginning(bytes(path), Limits.kernelText) }
}
