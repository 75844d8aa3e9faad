/// Finds the data disk: the one virtio or NVMe disk that is not the host-shared disk (docs/spec/disk.md).
enum DiskSource {
  /// Waits up to `Limits.diskWait` for the disk. Nil if none is asked for, or none is there and `use` is `optional`. Throws
  /// `.failed` for a required disk that is missing, for two disks, and for one that is read-only.
  @inline(never)
  static func find(_ use: DiskUse, _ guest: BootGuest) throws(AgentError) -> DataDisk? {
    if use == .none { return nil }
    let deadline = Clock.monotonic() + Limits.diskWait
    while true {
      if let name = try candidate(guest) { return DataDisk(guest.devices + "/" + name, isScratch: use == .scratch) }
      // NVMe disks appear some time after the driver is loaded
      if Clock.monotonic() >= deadline { break }
      Errno.pause()
    }
    if use == .optional { return nil }
    throw .failed("there is no data disk, which dstack.disk on the kernel command line requires: attach one")
  }

  @inline(never)
  private static func candidate(_ guest: BootGuest) throws(AgentError) -> [UInt8]? {
    var found: [UInt8]?
    for name in Directory.namesInOrder(guest.disks) where name.hasPrefix("vd") || name.hasPrefix("nvme") {
      let device = guest.devices + "/" + name
      // a disk that cannot be read counts, and the error is reported when it is used
      if !Files.exists(device) || isShared(guest, name) { continue }
      if let found {
        throw AgentError(
          .failed, bytes("there are two disks that could be the data disk, ") + found + " and " + name + ": remove one")
      }
      found = name
    }
    if let found, says(guest, found, "/ro", "1\n") {
      throw AgentError.failed("is read-only: attach it for writing").during(bytes("data disk ") + found)
    }
    return found
  }

  /// Whether the disk or a partition of it is the host-shared one.
  @inline(never)
  private static func isShared(_ guest: BootGuest, _ name: [UInt8]) -> Bool {
    if HostSharedSource.isLabelled(guest.devices + "/" + name) { return true }
    // among the entries of the disk's directory, only partitions have a device node
    for part in Directory.namesInOrder(guest.disks + "/" + name)
    where HostSharedSource.isLabelled(guest.devices + "/" + part) { return true }
    return false
  }

  private static func says(_ guest: BootGuest, _ name: [UInt8], _ attribute: StaticString, _ value: StaticString) -> Bool {
    let text = try? KernelFile.read(guest.disks + "/" + name + bytes(attribute), Limits.machineName)
    return text?.matches(value) ?? false
  }
}
