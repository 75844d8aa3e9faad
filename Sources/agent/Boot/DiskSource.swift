/// Finds the data disk by what it is: a virtio or NVMe disk that is not the host-shared one. There must not be two.
enum DiskSource {
  /// Nil if there is none and none is required.
  @inline(never)
  static func find(_ use: DiskUse, _ guest: BootGuest) throws(AgentError) -> DataDisk? {
    if use == .none { return nil }
    let deadline = Clock.monotonic() + Limits.diskWait
    while true {
      if let name = try candidate(guest) { return DataDisk(guest.devices + "/" + name, isScratch: use == .scratch) }
      // NVMe disks appear some time after their driver is loaded
      if Clock.monotonic() >= deadline { break }
      Errno.pause()
    }
    if use == .optional { return nil }
    throw .failed("there is no data disk, which dstack.disk of the kernel's command line asks for: attach one")
  }

  @inline(never)
  private static func candidate(_ guest: BootGuest) throws(AgentError) -> [UInt8]? {
    var found: [UInt8]?
    for name in Directory.namesInOrder(guest.disks) where name.hasPrefix("vd") || name.hasPrefix("nvme") {
      let device = guest.devices + "/" + name
      // one that cannot be read is reported when it is used
      if !Files.exists(device) || isShared(guest, name) { continue }
      if let found {
        throw AgentError(
          .failed, bytes("there are two disks that could be the data disk, ") + found + " and " + name + ": take one away")
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
    // of the names in there, only partitions have a device
    for part in Directory.namesInOrder(guest.disks + "/" + name)
    where HostSharedSource.isLabelled(guest.devices + "/" + part) { return true }
    return false
  }

  private static func says(_ guest: BootGuest, _ name: [UInt8], _ attribute: StaticString, _ value: StaticString) -> Bool {
    let text = try? KernelFile.read(guest.disks + "/" + name + bytes(attribute), Limits.machineName)
    return text?.matches(value) ?? false
  }
}
