/// The data disk, encrypted with a key that only this app gets. A blank disk is formatted; one of ours is checked, and grown if the host has
/// made it larger. Then it is mounted. The writes are ordered so that a power cut at any moment loses nothing (docs/spec/disk.md).
final class DataDisk {
  /// Where it is mounted.
  static let mountPoint: StaticString = "/data"
  private static let name: StaticString = "dstack-data"
  /// Where the encrypted data begins, in bytes. It is also the size of the areas at both ends that must be zero on a blank disk.
  private static let start = 1024 * 1024
  /// How many of the template's first blocks are written to a new file system; the rest are zeros.
  static let newBlocks = 35

  private let path: [UInt8]
  /// Whether the disk is formatted at each start. The header of such a disk stays in the state `formatting`.
  private let isScratch: Bool
  private let point = bytes(mountPoint)
  /// The path of the decrypting device.
  private var device: [UInt8] = []
  /// Blocks of that device.
  private var blocks: UInt64 = 0

  /// `path` is the disk's device node.
  init(_ path: [UInt8], isScratch: Bool) { (self.path, self.isScratch) = (path, isScratch) }

  /// A program's folder on the data disk; nil if none is mounted.
  static func folder(of program: [UInt8]) -> [UInt8]? {
    let point = bytes(mountPoint)
    return Mounts.isMountPoint(point) ? point + "/" + program : nil
  }

  /// Unmounts the disk and removes its mapping, if there is one. Call it when no program runs any more. A failure is logged.
  static func close() {
    let point = bytes(mountPoint)
    if !Mounts.isMountPoint(point) { return }
    do throws(Errno) {
      // the mount namespaces of processes that have just ended may hold the mount a moment longer
      try Errno.retrying { () throws(Errno) in
        try? Mounts.unmount(point)
        try DeviceMapper.remove(name)
      }
    } catch {
      Log.failure("cannot close ", point, error)
    }
  }

  /// Formats or checks the disk, and mounts it. `ikm` is the app's `disk_crypt_key`. Throws `.failed` if the disk must not or
  /// cannot be used; the text names the disk.
  @inline(never)
  func open(_ ikm: borrowing Secret) throws(AgentError) {
    do throws(AgentError) {
      try prepare(ikm)
      try Errno.check(Mounts.mountDisk(device, at: point), "its file system cannot be mounted")
    } catch {
      try? DeviceMapper.remove(Self.name)
      throw error.during(bytes("data disk ") + path)
    }
    tell(.info, " is ready")
  }

  @inline(never)
  private func prepare(_ ikm: borrowing Secret) throws(AgentError) {
    var size = 0
    _ = try RawDisk.read(path, 0, at: 0, size: &size)
    if size < Limits.dataDisk { throw .failed("is smaller than 129 MiB") }
    blocks = UInt64((size - Self.start) / Superblock.block)
    try? Directory.makeIfMissing(point, mode: 0o755)
    let header = try DiskHeader.used(
      start: try RawDisk.read(path, Self.start, at: 0, size: &size),
      end: { () throws(AgentError) in try RawDisk.read(path, Self.start, at: -Self.start, size: &size) }, isScratch: isScratch,
      ikm)
    let isBlank = header.state == .formatting
    if isBlank {
      tell(.info, " is blank: formatting it")
      try write(header, ikm)
    }
    try map(header, ikm)
    var grows = isBlank
    if isBlank {
      try format()
    } else {
      let old = try checked(header)
      grows = old.isGrown(by: blocks)
      if grows {
        header.change(to: .growing, blocks: old.blocks)
        try write(header, ikm)
      } else if header.state == .ready {
        return
      }
    }
    if grows { try Errno.check(Mounts.settleDisk(device, at: point, blocks: blocks), "its file system cannot be grown") }
    if isBlank, isScratch { return }
    header.change(to: .ready)
    try write(header, ikm)
  }

  private func map(_ header: DiskHeader, _ ikm: borrowing Secret) throws(AgentError) {
    let key = try header.dataKey(ikm)
    let sectors = blocks * UInt64(Superblock.block / 512)
    let number = try Errno.check(
      DeviceMapper.encrypt(Self.name, path, sectors: sectors, key: key),
      "cannot be mapped (images made with DISK=1 have the modules for it)")
    device = bytes("/dev/dm-") + decimal(number)
  }

  /// Writes the template's file system, the superblock last. It is then made as large as the disk.
  private func format() throws(AgentError) {
    let new = Superblock(sealing: RawDisk.template(blocks: Self.newBlocks, try Random.bytes(32))).data
    try RawDisk.write(new, from: Superblock.block, to: device)
    try RawDisk.write(new, from: 0, to: device)
  }

  /// The superblock after the journal has been replayed. That takes a separate mount: the kernel reads the size before it
  /// replays the journal, and would go on with an outdated one.
  @inline(never)
  private func checked(_ header: DiskHeader) throws(AgentError) -> Superblock {
    let superblock = try self.superblock()
    guard superblock.needsReplay else { return superblock }
    var result = Mounts.settleDisk(device, at: point, blocks: 0)
    if result < 0, header.state == .growing {
      tell(.warning, " was interrupted while growing; its journal completes that")
      superblock.turnBack(to: header.blocks)
      try RawDisk.write(superblock.data, from: 0, to: device)
      result = Mounts.settleDisk(device, at: point, blocks: 0)
    }
    try Errno.check(result, "its journal cannot be replayed")
    return try self.superblock()
  }

  @inline(never)
  private func superblock() throws(AgentError) -> Superblock {
    var size = 0
    guard let found = Superblock(try RawDisk.read(device, Superblock.block, at: 0, size: &size)) else {
      throw .failed("its superblock is damaged, or its header is from another disk: restore it from a copy")
    }
    if found.blocks > blocks {
      throw AgentError(
        .failed, bytes("is smaller than its file system, which has ") + decimal(found.blocks >> 8) + " MiB: enlarge it again")
    }
    if found.hasErrors { tell(.warning, ": the kernel has found errors in its file system before") }
    return found
  }

  @inline(never)
  private func write(_ header: DiskHeader, _ ikm: borrowing Secret) throws(AgentError) {
    try RawDisk.write(try header.sector(ikm), from: 0, to: path)
  }

  @inline(never)
  private func tell(_ priority: Log.Priority, _ text: StaticString) {
    Log.write(priority, bytes("data disk ") + path + bytes(text))
  }
}
