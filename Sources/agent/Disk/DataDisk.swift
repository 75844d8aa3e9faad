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

  /// Unmounts the disk and removes its mapping, if there is one. Call it once no program runs any more. A failure is logged.
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
    let disk = try Errno.explain("cannot be opened", try Descriptor(path, .reading))
    let size = try Errno.explain("has no size", try disk.size())
    if size < Limits.dataDisk { throw .failed("is smaller than 129 MiB") }
    blocks = UInt64((size - Self.start) / Superblock.block)
    try? Directory.makeIfMissing(point, mode: 0o755)
    let used = try DiskHeader.used(
      start: try Self.read(disk, Self.start, at: 0),
      end: { () throws(AgentError) in try Self.read(disk, Self.start, at: size - Self.start) }, isScratch: isScratch, ikm)
    let header: DiskHeader
    if let used {
      header = used
      try map(header, ikm)
      let superblock = try checked(header)
      if superblock.isGrown(by: blocks) {
        header.state = .growing
        header.blocks = superblock.blocks
        try write(header, ikm)
        try grow()
      } else if header.state == .ready {
        return
      }
    } else {
      tell(.info, " is blank, and is formatted")
      header = try DiskHeader()
      try write(header, ikm)
      try map(header, ikm)
      try format()
      try grow()
      if isScratch { return }
    }
    header.state = .ready
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

  /// Writes the template's file system, the superblock last. `grow` then makes it as large as the disk.
  @inline(never)
  private func format() throws(AgentError) {
    guard let superblock = Superblock(RawDisk.template(blocks: Self.newBlocks)) else { return }
    try write(superblock.data, from: Superblock.block, to: device)
    superblock.identify(try Random.bytes(32))
    try write(superblock.data, to: device)
  }

  @inline(never)
  private func grow() throws(AgentError) {
    try Errno.check(Mounts.settleDisk(device, at: point, blocks: blocks), "its file system cannot be grown")
  }

  /// The superblock after the journal has been replayed. That takes a mount of its own: the kernel reads the size before it
  /// replays the journal, and would go on with an outdated one.
  @inline(never)
  private func checked(_ header: DiskHeader) throws(AgentError) -> Superblock {
    let superblock = try self.superblock()
    guard superblock.needsReplay else { return superblock }
    var result = Mounts.settleDisk(device, at: point, blocks: 0)
    if result < 0, header.state == .growing {
      tell(.warning, " was interrupted while growing; the journal has the rest")
      superblock.turnBack(to: header.blocks)
      try write(superblock.data, to: device)
      result = Mounts.settleDisk(device, at: point, blocks: 0)
    }
    try Errno.check(result, "its journal cannot be replayed")
    return try self.superblock()
  }

  private func superblock() throws(AgentError) -> Superblock {
    let disk = try Errno.explain("cannot be opened", try Descriptor(device, .reading))
    guard let found = Superblock(try Self.read(disk, Superblock.block, at: 0)) else {
      throw .failed("its superblock is damaged, or its header is from another disk: restore it from a copy")
    }
    if found.blocks > blocks {
      throw AgentError(
        .failed, bytes("is smaller than its file system, which has ") + decimal(found.blocks >> 8) + " MiB: enlarge it again")
    }
    if found.hasErrors { tell(.warning, ": the kernel has found errors in its file system before") }
    return found
  }

  private func write(_ header: DiskHeader, _ ikm: borrowing Secret) throws(AgentError) {
    try write(try header.sector(ikm), to: path)
  }

  @inline(never)
  private func write(_ data: [UInt8], from offset: Int = 0, to device: [UInt8]) throws(AgentError) {
    try Errno.check(RawDisk.write(data, from: offset, to: device), "cannot be written")
  }

  @inline(never)
  private static func read(_ disk: borrowing Descriptor, _ count: Int, at offset: Int) throws(AgentError) -> [UInt8] {
    let data = try Errno.explain("cannot be read", try disk.read(count, at: offset))
    if data.count < count { throw .failed("cannot be read: it ends early") }
    return data
  }

  @inline(never)
  private func tell(_ priority: Log.Priority, _ text: StaticString) {
    Log.write(priority, bytes("data disk ") + path + bytes(text))
  }
}
