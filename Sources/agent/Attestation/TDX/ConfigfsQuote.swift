/// Quotes by configfs-tsm (Linux 6.7). Each uses an entry of its own, which is removed behind it: in a shared one two callers
/// would read each other's quotes. Stock kernels look for the answer once a second, so a quote takes that long.
struct ConfigfsQuote {
  private static let prefix: StaticString = "dstack-"

  private let directory: [UInt8]

  init(_ paths: TDXPaths) { directory = paths.report }

  /// A quote over 64 bytes of report data. Tries again while the kernel serves others, up to `deadline`, a time of
  /// `Clock.monotonic`; throws `unavailable` when it has passed.
  func quote(_ reportData: [UInt8], deadline: Int64) throws(AgentError) -> [UInt8] {
    try Alarm.limit(to: deadline) { () throws(AgentError) in
      let entry = try makeEntry()
      defer { remove(entry) }
      guard isTDX(entry) else { throw .failed("the report provider is not tdx_guest") }
      while true {
        if let quote = try attempt(entry, reportData) {
          guard try Quote.reportData(quote) == reportData else { throw .failed("the quote is over other report data") }
          return quote
        }
        if Clock.monotonic() >= deadline { throw .unavailable("the quote was not ready in time") }
        Errno.pause()
      }
    }
  }

  /// Whether there is a report provider and it is the TDX driver.
  var isTDX: Bool {
    guard let entry = try? makeEntry() else { return false }
    defer { remove(entry) }
    return isTDX(entry)
  }

  /// Removes entries whose process has died or is this one, which makes its entries in children. To be called at the start, and
  /// after a child was killed.
  func removeStale() {
    for name in Directory.names(directory, prefix: Self.prefix) {
      let digits = name.dropFirst(Self.prefix.utf8CodeUnitCount).prefix { $0 != UInt8(ascii: "-") }
      guard let number = parseDecimal(digits), let pid = Int32(exactly: number), pid > 0 else { continue }
      if pid == Process.id || !Process.exists(pid) { Directory.remove(directory + bytes("/") + name) }
    }
  }

  /// `dstack-<pid>-<random>`, mode 0700.
  func makeEntry() throws(AgentError) -> [UInt8] {
    let name = bytes(Self.prefix) + decimal(Process.id) + bytes("-") + Hex.encode(try Random.bytes(8))
    let entry = directory + bytes("/") + name
    try Errno.explain("cannot make a report entry") { () throws(Errno) in
      try Errno.retrying { () throws(Errno) in try Directory.make(entry, mode: 0o700) }
    }
    return entry
  }

  private func remove(_ entry: [UInt8]) { Directory.remove(entry) }

  private func isTDX(_ entry: [UInt8]) -> Bool {
    let provider = try? KernelFile.read(entry + bytes("/provider"), 64)
    return provider?.hasPrefix("tdx_guest") ?? false
  }

  /// One request. Nil if the kernel is busy, or if someone else wrote to the entry meanwhile.
  func attempt(_ entry: [UInt8], _ reportData: [UInt8]) throws(AgentError) -> [UInt8]? {
    do throws(Errno) {
      let before = try generation(entry)
      try KernelFile.writeAndClose(entry + bytes("/inblob"), reportData)
      let quote = try KernelFile.readToEnd(entry + bytes("/outblob"), Limits.quote)
      let after = try generation(entry)
      return after == before &+ 1 ? quote : nil
    } catch {
      if error.isBusy { return nil }
      throw .failed("cannot get a quote from the kernel", code: error.code)
    }
  }

  /// How often the entry was written to.
  private func generation(_ entry: [UInt8]) throws(Errno) -> UInt64 {
    let text = try KernelFile.read(entry + bytes("/generation"), 64)
    guard let value = parseDecimal(text.prefix { isDigit($0) }) else { throw Errno.malformed }
    return value
  }
}
