/// The machine and its state at one moment. Memory and swap are in bytes.
final class SystemReading {
  /// UTF-8, as the kernel and the image give them; empty if they say nothing.
  var osName: [UInt8] = []
  var osVersion: [UInt8] = []
  var kernelVersion: [UInt8] = []
  var cpuModel: [UInt8] = []
  var cpuCount: UInt32 = 0
  var totalMemory: UInt64 = 0
  var availableMemory: UInt64 = 0
  var freeMemory: UInt64 = 0
  var totalSwap: UInt64 = 0
  var freeSwap: UInt64 = 0
  /// Seconds.
  var uptime: UInt64 = 0
  /// Load averages over one, five and fifteen minutes, times 100.
  var loadOne: UInt32 = 0
  var loadFive: UInt32 = 0
  var loadFifteen: UInt32 = 0
  var disks: [Disk] = []

  var usedMemory: UInt64 { totalMemory - min(totalMemory, availableMemory) }
  var usedSwap: UInt64 { totalSwap - min(totalSwap, freeSwap) }

  /// /proc/meminfo (proc(5)): `Name:   number kB`.
  func readMemory(_ text: [UInt8]) {
    let names: [StaticString] = ["MemTotal:", "MemAvailable:", "MemFree:", "SwapTotal:", "SwapFree:"]
    var amounts: [UInt64] = [0, 0, 0, 0, 0]
    for line in TextParts(linesOf: text) {
      let name = TextWords(line)[0]
      let (amount, overflow) = (parseDecimal(TextWords(line)[1]) ?? 0).multipliedReportingOverflow(by: 1024)
      if overflow { continue }
      for index in names.indices where name.matches(names[index]) { amounts[index] = amount }
    }
    (totalMemory, availableMemory, freeMemory) = (amounts[0], amounts[1], amounts[2])
    (totalSwap, freeSwap) = (amounts[3], amounts[4])
  }

  /// /proc/loadavg and /proc/uptime (proc(5)).
  func readLoad(_ loads: [UInt8], uptime text: [UInt8]) {
    loadOne = Self.hundredths(TextWords(loads[...])[0])
    loadFive = Self.hundredths(TextWords(loads[...])[1])
    loadFifteen = Self.hundredths(TextWords(loads[...])[2])
    uptime = parseDecimal(Self.split(TextWords(text[...])[0]).whole) ?? 0
  }

  /// The first processor's `model name` in /proc/cpuinfo.
  func readProcessor(_ text: [UInt8]) {
    for line in TextParts(linesOf: text) {
      guard line.hasPrefix("model name"), let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      cpuModel = Array(line[(colon + 1)...].drop { $0 == 0x20 })
      return
    }
  }

  /// `0.42` as 42.
  private static func hundredths(_ text: ArraySlice<UInt8>) -> UInt32 {
    let (whole, part) = split(text)
    guard part.count == 2, let whole = parseDecimal(whole), let part = parseDecimal(part), whole < 10_000_000 else { return 0 }
    return UInt32(truncatingIfNeeded: whole * 100 + part)
  }

  private static func split(_ text: ArraySlice<UInt8>) -> (whole: ArraySlice<UInt8>, part: ArraySlice<UInt8>) {
    let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.endIndex
    return (text[..<point], text[point...].dropFirst())
  }
}
