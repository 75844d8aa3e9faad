/// Reads files in the root directory of a FAT12, FAT16 or FAT32 file system (Microsoft FAT specification, 2005). The host is the
/// adversary and writes the disk, so the kernel's driver must not parse it: a crafted disk that breaks this parser ends a process
/// of a guest that has no keys yet (docs/decisions/fat-reader.md).
final class FATVolume: HostFiles {
  /// Bytes of a boot sector.
  static let bootSector = 512
  private static let entriesEnd = 2

  private let disk: Descriptor
  /// Bits of an entry in the allocation table: 12, 16 or 32.
  private let width: Int
  /// Byte offsets of the allocation table, of the root directory (FAT12 and FAT16), and of the first cluster.
  private let (table, root, data): (Int, Int, Int)
  private let rootSize: Int
  /// Where the root directory of FAT32 begins; 0 for the others.
  private let rootCluster: Int
  /// Bytes.
  let clusterSize: Int
  /// One more than the highest cluster number.
  private let clustersEnd: Int
  /// The content of the root directory.
  private var directory: [UInt8] = []

  /// Throws `.failed` if the device does not hold a valid FAT file system.
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
    // as in Linux: a volume without a 16-bit table size is FAT32; of the others, FAT12 has at most 4084 clusters
    width = small == 0 ? 32 : clusters > 4084 ? 16 : 12
    rootCluster = small == 0 ? number(44, 4) : 0
    clustersEnd = Self.entriesEnd + min(clusters, tableSectors * sectorSize * 8 / width - Self.entriesEnd)
    guard clustersEnd > Self.entriesEnd else { throw Self.damaged }
    super.init()
    directory = try rootDirectory()
  }

  /// The volume label in a boot sector, without trailing spaces; nil if the sector does not begin a FAT file system.
  static func label(_ sector: [UInt8]) -> [UInt8]? {
    guard sector.count == bootSector, sector[510] == 0x55, sector[511] == 0xaa else { return nil }
    // the type string only decides where the label is: FAT32 has more fields before it
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

  /// As `HostFiles.open`; looks in the root directory only.
  override func open(_ name: StaticString) throws(AgentError) -> Reader? {
    guard let entry = FATDirectory.find(name, directory) else { return nil }
    if entry.isDirectory { throw AgentError.failed("is not a regular file").during(name) }
    // FAT12 and FAT16 use the upper half for something else
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
      // bounds a chain that loops
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

  /// The cluster after this one in its chain; nil after the last.
  private func next(_ cluster: Int) throws(AgentError) -> Int? {
    let entry = LittleEndian.decode(try Self.read(disk, 4, at: table + cluster * width / 8), 0, 4)
    // FAT32 uses 28 of the 32 bits; two entries of FAT12 share three bytes
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
