import Foundation
import Testing

@testable import agent

struct DiskSourceTests {
  /// A machine with disks, each with whether it is read-only and its first bytes.
  private static func guest(_ folder: TemporaryFolder, _ disks: [(name: String, ro: String, start: [UInt8])])
    throws
    -> BootGuest
  {
    try FileManager.default.createDirectory(atPath: folder.path + "/dev", withIntermediateDirectories: true)
    for disk in disks {
      try FileManager.default.createDirectory(atPath: folder.path + "/block/" + disk.name, withIntermediateDirectories: true)
      try folder.write("block/\(disk.name)/ro", utf8(disk.ro + "\n"))
      try folder.write("dev/\(disk.name)", disk.start)
    }
    return BootGuest(disks: folder.bytes + utf8("/block/"), devices: folder.bytes + utf8("/dev/"))
  }

  private static let blank = [UInt8](repeating: 0, count: 512)
  private static var shared: [UInt8] {
    var sector = blank
    sector.replaceSubrange(43..<62, with: utf8("DSTACKSHR  FAT12   "))
    (sector[510], sector[511]) = (0x55, 0xaa)
    return sector
  }

  private static func refused(_ use: DiskUse, _ guest: BootGuest) -> String? {
    do throws(AgentError) {
      _ = try DiskSource.find(use, guest)
      return nil
    } catch {
      return String(decoding: error.text, as: UTF8.self)
    }
  }

  @Test(arguments: ["vda", "vdb", "nvme0n1"])
  func theOneThatIsNotShared(_ name: String) throws {
    let folder = try TemporaryFolder()
    let guest = try Self.guest(
      folder,
      [
        (name, "0", Self.blank), ("vdc", "1", Self.shared), ("sda", "0", Self.blank),
        ("loop0", "0", Self.blank),
        ("dm-0", "0", Self.blank),
      ])
    // a disk with the shared file system in a partition, as QEMU's vvfat makes it
    try FileManager.default.createDirectory(atPath: folder.path + "/block/vdc/vdc1", withIntermediateDirectories: true)
    try folder.write("dev/vdc", Self.blank)
    try folder.write("dev/vdc1", Self.shared)
    for use in [DiskUse.required, .optional, .scratch] { #expect(try DiskSource.find(use, guest) != nil) }
    #expect(try DiskSource.find(.none, guest) == nil)
  }

  @Test func none() throws {
    let folder = try TemporaryFolder()
    let guest = try Self.guest(folder, [("vda", "1", Self.shared)])
    #expect(try DiskSource.find(.optional, guest) == nil)
    for use in [DiskUse.required, .scratch] {
      #expect(
        Self.refused(use, guest) == "there is no data disk, which dstack.disk on the kernel command line requires: attach one")
    }
  }

  @Test func two() throws {
    let folder = try TemporaryFolder()
    let guest = try Self.guest(folder, [("nvme0n1", "0", Self.blank), ("vda", "0", Self.blank)])
    for use in [DiskUse.required, .optional, .scratch] {
      #expect(
        Self.refused(use, guest) == "there are two disks that could be the data disk, nvme0n1 and vda: remove one")
    }
  }

  @Test func readOnly() throws {
    let folder = try TemporaryFolder()
    let guest = try Self.guest(folder, [("vda", "1", Self.blank)])
    #expect(Self.refused(.optional, guest) == "data disk vda: is read-only: attach it for writing")
  }
}

struct DiskCheckTests {
  private static func refused(_ use: DiskUse, _ members: String) throws -> String? {
    let compose = try compose(members)
    do throws(AgentError) {
      try Checks.disk(use, compose)
      return nil
    } catch {
      return String(decoding: error.text, as: UTF8.self)
    }
  }

  @Test func keysThatAreNewAtEachStart() throws {
    for use in [DiskUse.required, .optional] {
      #expect(try Self.refused(use, "")?.hasPrefix("the key provider none makes new keys at each start") == true)
      #expect(try Self.refused(use, #""key_provider":"kms""#) == nil)
    }
    for members in ["", #""key_provider":"kms""#] { #expect(try Self.refused(.scratch, members) == nil) }
  }

  @Test func otherFileSystems() throws {
    #expect(try Self.refused(.scratch, #""storage_fs":"ext4""#) == nil)
    for name in ["zfs", "EXT4", "xfs"] {
      #expect(try Self.refused(.scratch, #""storage_fs":"\#(name)""#) == "storage_fs: must be ext4 for a data disk")
    }
  }

  /// The two events after that of the provider.
  @Test func events() throws {
    let text = #"{"manifest_version":2,"name":"a","runner":"none"}"#
    let found = try DryRun.report(try AppCompose(utf8(text)), try launchValues(text), vmConfig: [], .scratch)
    let lines = found.split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
    let provider = try #require(lines.firstIndex { $0.contains("key-provider") })
    #expect(lines[provider + 1].hasPrefix(#"{"event":"storage-fs","payload":"65787434""#))
    #expect(lines[provider + 2].hasPrefix(#"{"event":"storage-encrypted","payload":"31""#))
    #expect(lines[provider + 3].hasPrefix(#"{"event":"system-ready""#))
    #expect(
      refusal { _ = try DryRun.report(try AppCompose(utf8(text)), try launchValues(text), vmConfig: [], .required) }
        == .invalid)
  }
}
