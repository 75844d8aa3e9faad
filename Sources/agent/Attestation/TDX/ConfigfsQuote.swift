/// Quotes from configfs-tsm (Linux 6.7). Each uses its own entry and then removes it: in a shared one, two callers would read each other's
/// quotes. Stock kernels look for the answer once a second, so a quote takes that long.
struct ConfigfsQuote {
  private static let prefix: StaticString = "dstack-"

  private let directory: [UInt8]

  init(_ paths: TDXPaths) { directory = paths.report }

  /// A quote over 64 bytes of report data. Retries while the kernel serves others, until `deadline`, a time of `Clock.monotonic`; then
  /// throws `unavailable`.
  func quote(_ reportData: [UInt8], deadline: Int64) throws(AgentError) -> [UInt8] {
    try Alarm.limit(to: deadline) { () throws(AgentError) in
      while true {
        let entry = try makeEntry()
        defer { Directory.remove(entry) }
        if let quote = try attempt(entry, reportData) {
          guard try Quote.reportData(quote) == reportData else {
            throw .failed("the quote does not cover the requested report data")
          }
          return quote
        }
        if Clock.monotonic() >= deadline { throw .unavailable("the quote was not ready in time") }
        Errno.pause()
      }
    }
  }

  /// Whether there is a report provider and it is the TDX driver. Asked once at the start, because the answer stays the same.
  var isTDX: Bool {
    guard let entry = try? makeEntry() else { return false }
    defer { Directory.remove(entry) }
    let provider = try? KernelFile.read(entry + "/provider", 64)
    return provider?.hasPrefix("tdx_guest") ?? false
  }

  /// Removes entries whose process has died, and those of this process, which makes its entries in children. Call it at the start and after
  /// killing a child.
  func removeStale() {
    var patience = Limits.busyTries
    for name in Directory.names(directory, prefix: Self.prefix) {
      let digits = name.dropFirst(Self.prefix.utf8CodeUnitCount).prefix { $0 != UInt8(ascii: "-") }
      guard let number = parseDecimal(digits), let pid = Int32(exactly: number), pid > 0 else { continue }
      // a killed process lives a moment longer than its pipe to the agent
      while pid != Process.id, patience > 0, Process.exists(pid) {
        patience -= 1
        Errno.pause()
      }
      if pid == Process.id || !Process.exists(pid) { Directory.remove(directory + "/" + name) }
    }
  }

  /// `dstack-<pid>-<random>`, mode 0700.
  func makeEntry() throws(AgentError) -> [UInt8] {
    let name = bytes(Self.prefix) + decimal(Process.id) + "-" + Hex.encode(try Random.bytes(8))
    let entry = directory + "/" + name
    do throws(Errno) {
      try Errno.retrying { () throws(Errno) in try Directory.make(entry, mode: 0o700) }
    } catch {
      if error.isAbsent { throw .failed("this machine has no source of TDX quotes") }
      throw .failed("cannot make a report entry", errno: error.code)
    }
    return entry
  }

  /// Makes the only request of a new entry. Nil if the kernel is busy, or if someone else has written to the entry in the meantime.
  func attempt(_ entry: [UInt8], _ reportData: [UInt8]) throws(AgentError) -> [UInt8]? {
    let quote: [UInt8]
    do throws(Errno) {
      try KernelFile.writeAndClose(entry + "/inblob", reportData)
      // binary attributes are read whole
      quote = try KernelFile.read(entry + "/outblob", Limits.quote + 1)
      // how many times the entry was written to
      guard try KernelFile.read(entry + "/generation", 64) == bytes("1\n") else { return nil }
    } catch {
      if error.isBusy { return nil }
      throw .failed("cannot get a quote from the kernel", errno: error.code)
    }
    if quote.count > Limits.quote { throw .failed("the quote is too large") }
    return quote
  }
}
