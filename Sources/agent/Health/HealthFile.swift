/// The file in which an app says how it does: a state and the time of writing, a line each.
enum HealthFile {
  /// Looks at the file in a child, one at a time: the app may have put it where reading takes for ever, and nothing ends the child.
  static func look(_ path: [UInt8], _ jobs: Jobs, _ look: HealthLook) {
    if jobs.running(.health) > 0 { return look.conclude(.failure(.unavailable("the health file cannot be read in time"))) }
    // the monitor gives up first
    jobs.start(.health, timeout: 2 * Limits.healthRefresh) { () throws(AgentError) in
      status(of: path, now: Clock.unix())
    } done: { result in
      look.conclude(result.map { .listing($0.isEmpty ? [] : [.init(name: bytes("<health_file>"), status: $0)]) })
    }
  }

  /// What is wrong; empty if nothing is.
  static func status(of path: [UInt8], now: Int64) -> [UInt8] {
    let shown = cleaned(path)
    do throws(Errno) {
      let file = try Descriptor(path, .readingNow)
      guard file.isRegular else { return bytes("cannot read ") + shown + bytes(": health file is not a regular file") }
      let content = try file.readAll(upTo: Limits.healthFile)
      guard UTF8Text.isValid(content) else { return bytes("cannot read ") + shown + bytes(": health file is not UTF-8") }
      return judge(content, now: now)
    } catch {
      if error.isMissing { return shown + bytes(" has not been written yet") }
      if error.isNoFile { return bytes("cannot read ") + shown + bytes(": health file is not a regular file") }
      return bytes("cannot read ") + shown + bytes(": ") + error.text
    }
  }

  /// The same of a file's content, which is never repeated.
  static func judge(_ content: [UInt8], now: Int64) -> [UInt8] {
    if content.isEmpty { return bytes("health file is empty") }
    var lines = TextParts(linesOf: content)
    guard let state = lines.next(), let time = lines.next(), !time.isEmpty || lines.next() != nil else {
      return bytes("health file must have two lines: state and unix timestamp")
    }
    let digits = TextWords(time).rest
    // Rust's parser takes a plus
    guard let written = parseDecimal(digits.first == UInt8(ascii: "+") ? digits.dropFirst() : digits) else {
      return bytes("health file line 2 is not a unix time in seconds")
    }
    let age = now - Int64(clamping: written)
    if age > Limits.healthLifetime {
      return bytes("health file is stale: written ") + decimal(age) + bytes("s ago, limit is 60s")
    }
    let word = TextWords(state).rest
    if word.matchesIgnoringCase("healthy") { return [] }
    if word.matchesIgnoringCase("unhealthy") { return bytes("app reports unhealthy") }
    return bytes("health file line 1 is neither healthy nor unhealthy")
  }

  /// A path as it may be shown: what steers a terminal or turns the direction of text becomes a space.
  static func cleaned(_ path: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var scalars = UTF8Scalars()
    for byte in path {
      scalars.take(byte) { UTF8Text.append(CodePoints.isSteering($0) ? 0x20 : $0, to: &out) }
    }
    let shown = UTF8Text.prefix(out, Limits.healthPath)
    return shown.count == out.count ? out : shown + bytes("... (truncated)")
  }
}
