import Foundation
import Testing

@testable import agent

struct SystemReadingTests {
  @Test func memory() {
    let reading = SystemReading()
    reading.readMemory(
      Array("MemTotal:       1000 kB\nMemFree:  200 kB\nMemAvailable:\t600 kB\nSwapTotal: 50 kB\nSwapFree: 60 kB\nX\n".utf8))
    #expect(reading.totalMemory == 1_024_000 && reading.freeMemory == 204_800)
    #expect(reading.availableMemory == 614_400 && reading.usedMemory == 409_600)
    #expect(reading.totalSwap == 51_200 && reading.freeSwap == 61_440 && reading.usedSwap == 0)
    reading.readMemory(Array("MemTotal: 18446744073709551615 kB\nMemFree: x".utf8))
    #expect(reading.totalMemory == 0 && reading.freeMemory == 0)
  }

  @Test(
    arguments: [
      ("0.42 1.00 12.05 2/345 678\n", [42, 100, 1205]), ("", [0, 0, 0]), ("x.yz 1 2.345", [0, 0, 0]),
      ("99999999999999999999.00 10000000.00 0.99", [0, 0, 99]),
    ])
  func load(_ text: String, _ expected: [UInt32]) {
    let reading = SystemReading()
    reading.readLoad(Array(text.utf8), uptime: Array("1234.56 99.00\n".utf8))
    #expect([reading.loadOne, reading.loadFive, reading.loadFifteen] == expected)
    #expect(reading.uptime == 1234)
  }

  @Test func processor() {
    let reading = SystemReading()
    reading.readProcessor(Array("processor\t: 0\nmodel name\t: A CPU: 3 GHz\nprocessor: 1\nmodel name : other\n".utf8))
    #expect(String(decoding: reading.cpuModel, as: Unicode.UTF8.self) == "A CPU: 3 GHz")
  }

  @Test func disks() {
    let mounts = Array("/dev/a / ext4 rw 0 0\ntmpfs /a\\040b tmpfs rw 0 0\n/dev/b / ext4 rw 0 0\nx\n/dev/c /c\\1".utf8)
    func source(_ path: String) -> String? {
      Disk.source(of: Array(path.utf8), mounts).map { String(decoding: $0, as: Unicode.UTF8.self) }
    }
    #expect(source("/") == "/dev/b")
    #expect(source("/a b") == "tmpfs")
    #expect(source("/c\\1") == "/dev/c")
    #expect(source("/a") == nil)
    #expect(Disk(name: [], mountPoint: [], size: 1, free: 2).used == 0)
  }

  @Test func release() {
    let text = Array("ID=x\nNAME=\"dstack minimal CVM\"\nVERSION_ID=0.6.0\nPRETTY_NAME=y\nBUG='a'\nBUG=b\n".utf8)
    func value(_ name: StaticString) -> String? {
      OSRelease.value(of: name, text).map { String(decoding: $0, as: Unicode.UTF8.self) }
    }
    #expect(value("NAME") == "dstack minimal CVM" && value("VERSION_ID") == "0.6.0")
    #expect(value("BUG") == "b" && value("VERSION") == nil && value("") == nil)
  }

  /// A mount table with the long lines of overlays, at its limit and above, and the disk at its end.
  @Test(arguments: [430 * 1024, Limits.mounts - 1, Limits.mounts, Limits.mounts + 1])
  func manyMounts(_ size: Int) throws {
    let path = try temporaryDirectory() + "/mounts"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let layers = String(repeating: "/var/lib/docker/overlay2/l/ABCDEFGHIJKLMNOPQRSTUVWXYZ:", count: 75)
    let line = Array("overlay /merged overlay rw,lowerdir=\(layers) 0 0\n".utf8)
    // the start of the last line looks like another disk's
    let last = Array("/dev/last /proc/1 ext4 rw 0 0\n".utf8)
    var table = Array("/dev/first /proc ext4 rw 0 0\n".utf8)
    while table.count + line.count + last.count <= size { table += line }
    let rest = size - table.count - last.count
    table += Array("x\n".utf8) + [UInt8](repeating: 0x0a, count: rest - 2) + last
    #expect(table.count == size)
    FileManager.default.createFile(atPath: path, contents: Data(table))
    let disks = MachineStatus(dataDisks: [Array("/proc".utf8), Array("/proc/1".utf8)], mountsFile: Array(path.utf8))
      .reading(now: 0).disks
    let names = disks.map { String(decoding: $0.name, as: Unicode.UTF8.self) }
    #expect(names == (size <= Limits.mounts ? ["/dev/first", "/dev/last"] : ["/dev/first"]))
  }

  @Test(arguments: ["/nowhere/mounts", "/tmp"])
  func noMounts(_ path: String) {
    #expect(MachineStatus(dataDisks: [Array("/".utf8)], mountsFile: Array(path.utf8)).reading(now: 0).disks.isEmpty)
  }

  /// Reads the machine that the test runs on, and reads it once a second only.
  @Test func here() {
    let status = MachineStatus(dataDisks: [Array("/proc".utf8), Array("/nowhere".utf8)])
    let reading = status.reading(now: 0)
    #expect(!reading.osName.isEmpty && !reading.kernelVersion.isEmpty && !reading.kernelVersion.contains(0x0a))
    #expect(reading.cpuCount > 0 && reading.totalMemory > reading.usedMemory && reading.uptime > 0)
    #expect(reading.disks.count == 1 && status.residentMemory > 100_000)
    let again = status.reading(now: Limits.reading - 1)
    #expect(again.availableMemory == reading.availableMemory)
    var later = status.reading(now: Limits.reading)
    // sooner or later something on this machine takes or frees a page
    var turn: Int64 = 2
    while turn < 10_000, later.availableMemory == reading.availableMemory {
      later = status.reading(now: Limits.reading * turn)
      turn += 1
    }
    #expect(later.availableMemory != reading.availableMemory)
  }
}
