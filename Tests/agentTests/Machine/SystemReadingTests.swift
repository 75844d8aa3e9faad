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

  /// The machine that this runs on, and that it is not read again within a second.
  @Test func here() {
    let status = MachineStatus(dataDisks: [Array("/proc".utf8), Array("/nowhere".utf8)])
    let reading = status.reading(now: 0)
    #expect(!reading.osName.isEmpty && !reading.kernelVersion.isEmpty && !reading.kernelVersion.contains(0x0a))
    #expect(reading.cpuCount > 0 && reading.totalMemory > reading.usedMemory && reading.uptime > 0)
    #expect(reading.disks.count == 1 && status.residentMemory > 100_000)
    let again = status.reading(now: Limits.reading - 1)
    #expect(again.availableMemory == reading.availableMemory)
    var later = status.reading(now: Limits.reading)
    // something on this machine takes or gives a page sooner or later
    var turn: Int64 = 2
    while turn < 10_000, later.availableMemory == reading.availableMemory {
      later = status.reading(now: Limits.reading * turn)
      turn += 1
    }
    #expect(later.availableMemory != reading.availableMemory)
  }
}
