import Foundation
import Testing

@testable import agent

struct SecretTests {
  @Test func holdsBytes() throws {
    let key = try Secret(copying: [1, 2, 3])
    #expect(revealed(key) == [1, 2, 3])
    #expect(revealed(try key.copy()) == [1, 2, 3])
    #expect(revealed(try Secret(count: 4)) == [0, 0, 0, 0])
    #expect(revealed(try Secret(copying: [])) == [])
  }

  @Test func room() throws {
    var key = try Secret(capacity: 3)
    let fits = [1, 2, 3, 4].map { key.append($0) }
    #expect(fits == [true, true, true, false])
    #expect(revealed(key) == [1, 2, 3])
  }

  @Test func keepLast() throws {
    var key = try Secret(copying: [1, 2, 3, 4, 5])
    key.keepLast(2)
    #expect(revealed(key) == [4, 5])
    let rest = key.withUnsafeBytes { (base) -> [UInt8] in (0..<5).map { base[$0] } }
    #expect(rest == [4, 5, 0, 0, 0])
    key.keepLast(0)
    #expect(revealed(key) == [])
  }

  /// What the kernel says of the pages: locked where RLIMIT_MEMLOCK allows it, not dumped, not inherited.
  @Test func pages() throws {
    let key = try Secret(copying: bytes("key"))
    let address = key.withUnsafeBytes { UInt(bitPattern: $0) }
    let maps = String(decoding: try Files.read(bytes("/proc/self/smaps"), limit: 16 << 20), as: Unicode.UTF8.self)
    var flags: [Substring] = []
    var isHere = false
    for line in maps.split(separator: "\n") {
      let range = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
      if range.count == 2 { isHere = (range[0]..<range[1]).contains(address) }
      if isHere, line.hasPrefix("VmFlags:") { flags = line.split(separator: " ") }
    }
    #expect(flags.contains("dd") && flags.contains("dc"))
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
    // AddressSanitizer makes mlock(2) a call that does nothing
    #expect(flags.contains("lo") || limit.rlim_cur < 65_536 || dlsym(nil, "__asan_init") != nil)
  }

  @Test func wiping() {
    var data: [UInt8] = [1, 2, 3]
    wipe(&data)
    #expect(data == [0, 0, 0])
    var nothing: [UInt8] = []
    wipe(&nothing)
    #expect(nothing == [])
  }
}
