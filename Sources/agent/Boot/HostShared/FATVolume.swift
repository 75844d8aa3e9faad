/// A FAT12, FAT16 or FAT32 file system (Microsoft FAT specification, 2005), of which only files in the root directory are read. Not by
/// the kernel's driver, because the host is the adversary and writes the disk: what a crafted one does to this parser ends a process of
/// a guest that has no keys yet.
final class FATVolume: HostFiles {
  /// Bytes of a boot sector.
  static let bootSector = 512
  private static let entriesEnd = 2

  private let disk: Descriptor
  /// Bits of an entry of the allocation table.
  private let width: Int
  /// Offsets of the table, of the root directory of FAT12 and FAT16, and of the first cluster.
  private let (table, root, data): (Int, Int, Int)
  private let rootSize: Int
  /// Of FAT32, else 0.
  private let rootCluster: Int
  let clusterSize: Int
  /// The first number that no cluster has.
  private let clustersEnd: Int
  /// What the entries of the root directory are in.
  private var directory: [UInt8] = []

  /// Throws `.failed` if the device has none.
  init(_ device: consuming Descriptor) throws(AgentError) {
    disk = device
    let sector = try Self.read(disk, Self.bootSector, at: 0)
    func number(_ offset: Int, _ count: Int) -> Int { LittleEndian.decode(sector, offset, count) }
    let sectorSize = number(11, 2)
    let sectorsPerCluster = number(13, 1)
    let reserved = number(14, 2)
    let tables = number(16, 1)
    let rootEntries = number(17, 2)
    let small = number(22, 2)
    let tableSectors = small == 0 ? number(36, 4) : small
    let sectors = number(19, 2) == 0 ? number(32, 4) : number(19, 2)
    guard sectorSize >= 512, sectorSize <= 4096, sectorSize.nonzeroBitCount == 1, sectorsPerCluster.nonzeroBitCount == 1,
      reserved > 0, tables > 0
    else { throw Self.damaged }
    clusterSize = sectorsPerCluster * sectorSize
    table = reserved * sectorSize
    rootSize = 32 * rootEntries
    root = table + tables * tableSectors * sectorSize
    data = root + (rootSize + sectorSize - 1) / sectorSize * sectorSize
    let clusters = (sectors * sectorSize - data) / clusterSize
    // as Linux: FAT32 is what has no size of 16 bits for its table; 4084 clusters are the most of FAT12
    width = small == 0 ? 32 : clusters > 4084 ? 16 : 12
    rootCluster = small == 0 ? number(44, 4) : 0
    clustersEnd = Self.entriesEnd + min(clusters, tableSectors * sectorSize * 8 / width - Self.entriesEnd)
    guard clustersEnd > Self.entriesEnd else { throw Self.damaged }
    super.init()
    directory = try rootDirectory()
  }

  /// The label in a boot sector, without the spaces at its end; nil for a sector that begins no FAT file system.
  static func label(_ sector: [UInt8]) -> [UInt8]? {
    guard sector.count == bootSector, sector[510] == 0x55, sector[511] == 0xaa else { return nil }
    // the type's name decides nothing but where the label is: FAT12 and FAT16 have it before FAT32's fields
    var label: [UInt8]
    if sector[82...].hasPrefix("FAT32") {
      label = Array(sector[71..<82])
    } else if sector[54...].hasPrefix("FAT") {
      label = Array(sector[43..<54])
    } else {
      return nil
    }
    while label.last == 0x20 { label.removeLast() }
    return label
  }

  override func open(_ name: StaticString) throws(AgentError) -> Reader? {
    guard let entry = FATDirectory.find(name, directory) else { return nil }
    if entry.isDirectory { throw AgentError.failed("is not a regular file").during(name) }
    // the upper half means something else in FAT12 and FAT16
    var cluster: Int? = width == 32 ? entry.cluster : entry.cluster & 0xffff
    var left = entry.size
    return { [self] () throws(AgentError) in
      if left == 0 { return [] }
      guard let current = cluster else { throw Self.damaged }
      let bytes = try read(current, min(left, clusterSize))
      left -= bytes.count
      if left > 0 { cluster = try next(current) }
      return bytes
    }
  }

  private func rootDirectory() throws(AgentError) -> [UInt8] {
    if width != 32 { return try Self.read(disk, rootSize, at: root) }
    var directory: [UInt8] = []
    var cluster: Int? = rootCluster
    while let current = cluster {
      directory += try read(current, clusterSize)
      // a chain that leads back into itself has no end
      guard directory.count <= Limits.fatDirectory else { throw Self.damaged }
      cluster = try next(current)
    }
    return directory
  }

  /// The first `count` bytes of a cluster.
  private func read(_ cluster: Int, _ count: Int) throws(AgentError) -> [UInt8] {
    guard cluster >= Self.entriesEnd, cluster < clustersEnd else { throw Self.damaged }
    return try Self.read(disk, count, at: data + (cluster - Self.entriesEnd) * clusterSize)
  }

  /// The cluster behind one that was read; nil behind the last one.
  private func next(_ cluster: Int) throws(AgentError) -> Int? {
    let entry = LittleEndian.decode(try Self.read(disk, 4, at: table + cluster * width / 8), 0, 4)
    // FAT32 has 28 bits; of FAT12 two share three bytes
    let bits = min(width, 28)
    let value = entry >> (width == 12 && cluster & 1 == 1 ? 4 : 0) & (1 << bits - 1)
    return value >= 1 << bits - 8 ? nil : value
  }

  private static func read(_ disk: borrowing Descriptor, _ count: Int, at offset: Int) throws(AgentError) -> [UInt8] {
    let bytes = try Errno.explain("cannot be read", try disk.read(count, at: offset))
    guard bytes.count == count else { throw damaged }
    return bytes
  }

  private static var damaged: AgentError { .failed("the host-shared disk is damaged") }
}
