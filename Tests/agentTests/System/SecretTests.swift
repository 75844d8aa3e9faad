import Foundation
import Testing

@testable import agent

struct SecretTests {
  @Test func holdsBytes() throws {
    let key = try Secret(copying: [1, 2, 3])
    #expect(revealed(key) == [1, 2, 3])
    #expect(revealed(try Secret(count: 4)) == [0, 0, 0, 0])
    #expect(revealed(try Secret(copying: [])) == [])
  }

  @Test func room() throws {
    var key = try Secret(capacity: 3)
    let fits = [1, 2, 3, 4].map { key.append($0) }
    #expect(fits == [true, true, true, false])
    #expect(revealed(key) == [1, 2, 3])
  }

  /// Short secrets share pages, long ones have their own. A slot is wiped before the next secret gets it.
  @Test func slots() throws {
    for size in [1, SecretArena.slotSize, SecretArena.slotSize + 1, 5000] {
      for _ in 0..<3 {
        var key = try Secret(count: size)
        #expect(revealed(key) == [UInt8](repeating: 0, count: size))
        key.withUnsafeMutableBytes { for offset in 0..<size { $0[offset] = 0xff } }
        #expect(revealed(key) == [UInt8](repeating: 0xff, count: size))
      }
    }
  }

  /// More than there are slots, all at once.
  @Test func many() throws {
    func nest(_ depth: Int) throws {
      let key = try Secret(copying: decimal(depth))
      if depth < 200 { try nest(depth + 1) }
      #expect(revealed(key) == decimal(depth))
    }
    try nest(0)
  }

  /// What the kernel says about the pages: locked if RLIMIT_MEMLOCK allows it, not dumped, not inherited.
  @Test(arguments: [3, 5000]) func pages(_ size: Int) throws {
    let key = try Secret(count: size)
    let address = key.withUnsafeBytes { UInt(bitPattern: $0) }
    let flags = mappingFlags(at: address, try Files.read(bytes("/proc/self/smaps"), limit: 16 << 20))
    #expect(revealed(key).count == size)
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

/// What smaps says about the mapping that holds an address; empty if there is none.
func mappingFlags(at address: UInt, _ smaps: [UInt8]) -> [Substring] {
  var isHere = false
  for line in String(decoding: smaps, as: Unicode.UTF8.self).split(separator: "\n") {
    let range = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
    if range.count == 2 { isHere = (range[0]..<range[1]).contains(address) }
    if isHere, line.hasPrefix("VmFlags:") { return line.split(separator: " ") }
  }
  return []
}
