/// Finds the data disk: the one virtio or NVMe disk that is not the host-shared disk (docs/spec/disk.md). All disks are there when this
/// runs: a driver in the kernel has found them before process 1 starts, and finit_module(2) returns once a module has.
enum DiskSource {
  /// Nil if no disk is asked for, or none is there and `use` is `optional`. Throws `.failed` for a required disk that is missing, for two
  /// disks, and for one that is read-only.
  @inline(never)
  static func find(_ use: DiskUse, _ guest: BootGuest) throws(AgentError) -> DataDisk? {
    if use == .none { return nil }
    var found: [UInt8] = []
    for name in Directory.namesInOrder(guest.disks) where name.hasPrefix("vd") || name.hasPrefix("nvme") {
      // a disk that cannot be read counts, and the error is reported when it is used
      if !Files.exists(guest.devices + name) || isShared(guest, name) { continue }
      if !found.isEmpty {
        throw AgentError(
          .failed, bytes("there are two disks that could be the data disk, ") + found + " and " + name + ": remove one")
      }
      found = name
    }
    if found.isEmpty {
      if use == .optional { return nil }
      throw .failed("there is no data disk, which dstack.disk on the kernel command line requires: attach one")
    }
    let attribute = (try? KernelFile.read(guest.disks + found + "/ro", Limits.machineName)) ?? []
    if attribute.matches("1\n") {
      throw AgentError.failed("is read-only: attach it for writing").during(bytes("data disk ") + found)
    }
    return DataDisk(guest.devices + found, isScratch: use == .scratch)
  }

  /// Whether the disk or a partition of it is the host-shared one.
  @inline(never)
  private static func isShared(_ guest: BootGuest, _ name: [UInt8]) -> Bool {
    // among the entries of the disk's directory, only partitions have a device node
    for part in [name] + Directory.namesInOrder(guest.disks + name)
    where HostSharedSource.isLabelled(guest.devices + part) { return true }
    return false
  }
}
