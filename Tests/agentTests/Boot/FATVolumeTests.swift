import Foundation
import Testing

@testable import agent

/// Disks made by mkfs.fat and mtools, intact and damaged.
struct FATVolumeTests {
  private static let content = utf8("{\"content\":1}")

  /// A disk image in a file.
  private final class Disk {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/disk" }

    /// `options` are mkfs.fat's; `size` is in KiB.
    init(_ options: String, size: Int) throws {
      folder = try TemporaryFolder()
      try Self.run(["mkfs.fat", "-C", "-n", "DSTACKSHR"] + options.split(separator: " ").map(String.init) + [path, "\(size)"])
    }

    func add(_ name: String, _ content: [UInt8]) throws {
      try folder.write("new", content)
      try Self.run(["mcopy", "-o", "-i", path, folder.path + "/new", "::" + name])
    }

    func run(_ command: String, _ name: String) throws { try Self.run([command, "-i", path, "::" + name]) }

    var bootSector: [UInt8] {
      get throws { try KernelFile.read(utf8(path), 512) }
    }

    var image: [UInt8] {
      get throws { try folder.read("disk") }
    }

    func change(_ change: (inout [UInt8]) throws -> Void) throws {
      var image = try image
      try change(&image)
      try folder.write("disk", image)
    }

    func volume() throws -> FATVolume { try FATVolume(try Descriptor(utf8(path), .reading)) }

    func read(_ name: StaticString) throws -> [UInt8]? {
      guard let file = try volume().open(name) else { return nil }
      var data: [UInt8] = []
      while case let part = try file(), !part.isEmpty { data += part }
      return data
    }

    private static func run(_ command: [String]) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = command
      process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MTOOLS_SKIP_CHECK": "1"]
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "\(command)")
    }
  }

  /// Content that does not repeat.
  private static func numbered(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ $0 >> 16) }
  }

  /// (options, KiB). The sizes suit mtools, which tells the FAT type by the number of clusters, as everyone but Linux does.
  private static let forms: [(String, Int)] = [
    ("-F 12", 4_096), ("-F 12 -s 8 -r 32", 4_096), ("-F 12 -S 2048 -s 1", 4_096), ("-F 12 -f 1 -R 3", 1_440),
    ("-F 16 -s 1", 16_384), ("-F 16 -S 1024 -s 1 -r 1024", 16_384), ("-F 32 -s 1", 40_000), ("-F 32 -s 4", 140_000),
    ("-F 32 -S 4096 -s 1", 280_000), ("-F 32 -s 1 -R 64", 40_000),
  ]

  /// Files of sizes around that of a cluster, in clusters that are not contiguous.
  @Test(arguments: forms)
  func reading(_ options: String, _ size: Int) throws {
    let disk = try Disk(options, size: size)
    let cluster = try disk.volume().clusterSize
    try disk.add("first gap.txt", Self.numbered(3 * cluster))
    try disk.add(".instance_info", Self.numbered(cluster))
    try disk.add("second gap.txt", Self.numbered(2 * cluster))
    try disk.add(".user-config", Self.numbered(cluster + 1))
    try disk.run("mdel", "first gap.txt")
    try disk.run("mdel", "second gap.txt")
    try disk.add("App-Compose.JSON", Self.numbered(70_001))
    try disk.add(".encrypted-env", [])
    try disk.run("mmd", "folder with a name")
    #expect(try disk.read("app-compose.json") == Self.numbered(70_001))
    #expect(try disk.read(".instance_info") == Self.numbered(cluster))
    #expect(try disk.read(".user-config") == Self.numbered(cluster + 1))
    #expect(try disk.read(".encrypted-env") == [])
    #expect(try disk.read(".sys-config.json") == nil)
    #expect(failureText { _ = try disk.read("folder with a name") } == "folder with a name: is not a regular file")
    #expect(FATVolume.label(try disk.bootSector) == utf8("DSTACKSHR"))
  }

  /// In FAT32 the root directory grows.
  @Test func largeDirectory() throws {
    let disk = try Disk("-F 32 -s 1", size: 40_000)
    for index in 0..<40 { try disk.add("a rather long name that takes entries \(index)", []) }
    try disk.add("app-compose.json", Self.content)
    #expect(try disk.read("app-compose.json") == Self.content)
    #expect(try disk.read("a rather long name that takes entries 0") == [])
  }

  @Test func copies() throws {
    let disk = try Disk("-F 16", size: 16_384)
    let to = try TemporaryFolder()
    try disk.add("app-compose.json", Self.content)
    try disk.add(".sys-config.json", Self.numbered(Limits.sysConfigFile))
    let target = try OpenDirectory(to.bytes)
    try HostShared.copy(from: disk.volume(), to: target)
    #expect(try to.read("app-compose.json") == Self.content)
    #expect(try to.read(".sys-config.json") == Self.numbered(Limits.sysConfigFile))
    try disk.add(".sys-config.json", Self.numbered(Limits.sysConfigFile + 1))
    let volume = try disk.volume()
    #expect(failureText { try HostShared.copy(from: volume, to: target) } == ".sys-config.json: is too large")
  }

  // MARK: - Damaged disks

  /// A small disk with one file of three clusters, 2 to 4. Its table is at byte 512, its directory at `directory`.
  private static func sample() throws -> Disk {
    let disk = try Disk("-F 12 -s 1 -f 1 -r 16", size: 64)
    try disk.add("app-compose.json", numbered(1500))
    #expect(try disk.read("app-compose.json") == numbered(1500))
    return disk
  }

  /// The directory: the label's entry, two of the long name, and the short entry.
  private static let directory = 1024
  private static let entry = directory + 96

  private static func problem(_ change: @escaping (inout [UInt8]) -> Void) throws -> String? {
    let disk = try sample()
    try disk.change(change)
    return failureText { if try disk.read("app-compose.json") == nil { throw AgentError.failed("not found") } }
  }

  @Test func sampleIsAsExpected() throws {
    let image = try Self.sample().image
    #expect(image[Self.directory + 11] == 0x08 && image[Self.directory + 32] == 0x42 && image[Self.directory + 64] == 0x01)
    #expect(Array(image[Self.entry..<Self.entry + 11]) == utf8("APP-CO~1JSO"))
    #expect(image[Self.entry + 26] == 2 && Array(image[512..<519]) == [0xf8, 0xff, 0xff, 0x03, 0x40, 0x00, 0xff])
  }

  /// (offset, bytes) in the boot sector.
  private static let sectors: [(Int, [UInt8])] = [
    (11, [0, 0]), (11, [0, 1]), (11, [1, 2]), (11, [0, 0x20]), (13, [0]), (13, [3]), (14, [0, 0]), (16, [0]), (22, [0, 0]),
    (19, [0, 0]), (19, [3, 0]), (19, [4, 0]), (17, [0xff, 0xff]), (22, [0xff, 0xff]), (14, [0xff, 0xff]),
  ]

  @Test(arguments: sectors)
  func bootSector(_ offset: Int, _ bytes: [UInt8]) throws {
    #expect(
      try Self.problem { $0.replaceSubrange(offset..<offset + bytes.count, with: bytes) } == "the host-shared disk is damaged")
  }

  /// (offset, byte) in the directory: changes after which the name is not found.
  private static let otherNames: [(Int, UInt8)] = [
    (32, 0), (32, 0xe5), (32, 0x43), (32, 0x02), (64, 0x02), (64, 0xe5), (64, 0x41), (96, 0xe5), (96, 0x42), (75, 0), (45, 0),
    (77, 0), (107, 0x08), (65, 0x62), (66, 1), (37, 0x61),
  ]

  @Test(arguments: otherNames)
  func names(_ offset: Int, _ byte: UInt8) throws {
    #expect(try Self.problem { $0[Self.directory + offset] = byte } == "not found")
  }

  @Test func clusters() throws {
    let damaged = "the host-shared disk is damaged"
    for first: UInt8 in [0, 1, 200] { #expect(try Self.problem { $0[Self.entry + 26] = first } == damaged) }
    // 0xff7 marks a bad cluster; 0xff8 and above end a chain
    for (low, high) in [(0, 0), (1, 0), (0xf7, 0x0f), (0xf8, 0x0f), (200, 0)] as [(UInt8, UInt8)] {
      #expect(
        try Self.problem {
          $0[515] = low
          $0[516] = $0[516] & 0xf0 | high
        } == damaged)
    }
    // FAT12 does not use the upper half of the number
    #expect(try Self.problem { $0[Self.entry + 20] = 1 } == nil)
    #expect(try Self.problem { $0.removeLast($0.count - 2048) } == damaged)
    #expect(try Self.problem { $0.removeLast($0.count - 1000) } == damaged)
    #expect(try Self.problem { $0 = Array($0.prefix(100)) } == damaged)
  }

  /// Reading a chain that loops ends at the size limit of the file, or of a directory.
  @Test func circles() throws {
    let disk = try Self.sample()
    // the file claims to have 4 GiB, and its second cluster leads back to its first
    try disk.change {
      $0.replaceSubrange(Self.entry + 28..<Self.entry + 32, with: [0xff, 0xff, 0xff, 0xff])
      $0[516] = 0x20
    }
    let folder = try TemporaryFolder()
    let to = try OpenDirectory(folder.bytes)
    let file = try #require(try disk.volume().open("app-compose.json"))
    #expect(
      failureText { try to.replace("a", limit: 10_000, with: file) } == "a: is too large")

    let large = try Disk("-F 32 -s 1 -f 1 -R 32", size: 1_024)
    try large.change { image in
      let cluster = 512 * 32 + 4 * 2
      image.replaceSubrange(cluster..<cluster + 4, with: [2, 0, 0, 0])
      // no entry ends the directory
      let data = 512 * 32 + 512 * LittleEndian.decode(image, 36, 4)
      for at in stride(from: data, to: data + 512, by: 32) { image[at] = 0xe5 }
    }
    #expect(failureText { _ = try large.volume() } == "the host-shared disk is damaged")
  }

  /// 65,536 entries in a chain of 4096 clusters are read; with one cluster more the disk is refused.
  @Test(arguments: [(4096, true), (4097, false)])
  func directoryAtItsLimit(_ clusters: Int, _ isRead: Bool) throws {
    let disk = try Disk("-F 32 -s 1 -f 1 -R 32", size: 4_096)
    try disk.change { image in
      let (table, data) = (512 * 32, 512 * 32 + 512 * LittleEndian.decode(image, 36, 4))
      for cluster in 2..<clusters + 2 {
        let next = cluster == clusters + 1 ? 0x0fff_ffff : cluster + 1
        for byte in 0..<4 { image[table + 4 * cluster + byte] = UInt8(truncatingIfNeeded: next >> (8 * byte)) }
      }
      for at in stride(from: data, to: data + 512 * clusters, by: 32) { image[at] = 0xe5 }
    }
    #expect(failureText { _ = try disk.volume() } == (isRead ? nil : "the host-shared disk is damaged"))
  }

  /// Boot sectors with just the fields that matter.
  @Test func label() {
    func sector(_ label: String, at offset: Int, type: String, at typeOffset: Int) -> [UInt8] {
      var sector = [UInt8](repeating: 0, count: 512)
      sector.replaceSubrange(offset..<offset + 11, with: utf8(label.padding(toLength: 11, withPad: " ", startingAt: 0)))
      sector.replaceSubrange(typeOffset..<typeOffset + 8, with: utf8(type))
      sector[510] = 0x55
      sector[511] = 0xaa
      return sector
    }
    let fat16 = sector("DSTACKSHR", at: 43, type: "FAT16   ", at: 54)
    #expect(FATVolume.label(fat16) == utf8("DSTACKSHR"))
    #expect(FATVolume.label(sector("DSTACKSHR", at: 43, type: "FAT12   ", at: 54)) == utf8("DSTACKSHR"))
    #expect(FATVolume.label(sector("DSTACKSHR", at: 71, type: "FAT32   ", at: 82)) == utf8("DSTACKSHR"))
    #expect(FATVolume.label(sector("", at: 71, type: "FAT32   ", at: 82)) == [])
    #expect(FATVolume.label(sector("DSTACKSHR", at: 43, type: "NTFS    ", at: 54)) == nil)
    var unsigned = fat16
    unsigned[511] = 0
    #expect(FATVolume.label(unsigned) == nil)
    #expect(FATVolume.label(Array(fat16.dropLast())) == nil)
    #expect(FATVolume.label([]) == nil)
  }
}
