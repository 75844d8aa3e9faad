/// The file in which an app reports its health: its state and the time of writing, one per line.
enum HealthFile {
  /// Has the keeper read the file, and judges its content.
  static func look(_ path: [UInt8], _ keeper: KeeperLink, _ look: HealthLook) {
    keeper.ask(.healthFile) { answer in
      do throws(AgentError) {
        let status = status(of: path, try answer.data()[...], now: Clock.unix())
        look.conclude(.success(.listing(status.isEmpty ? [] : [.init(name: bytes("<health_file>"), status: status)])))
      } catch {
        look.conclude(.failure(error))
      }
    }
  }

  /// What is wrong, from what the keeper found (`HealthFinding`); empty if nothing is.
  static func status(of path: [UInt8], _ found: ArraySlice<UInt8>, now: Int64) -> [UInt8] {
    let (shown, cannot) = (cleaned(path), bytes("cannot read "))
    let text = Array(found.dropFirst())
    switch found.first.flatMap({ HealthFinding(rawValue: $0) }) {
    case .content:
      return UTF8Text.isValid(text) ? judge(text, now: now) : cannot + shown + ": health file is not UTF-8"
    case .missing: return shown + " has not been written yet"
    case .special: return cannot + shown + ": health file is not a regular file"
    case .unreadable, nil: return cannot + shown + ": " + UTF8Text.prefix(text, Limits.healthWord)
    }
  }

  /// What is wrong with the content, which is never quoted; empty if nothing is.
  static func judge(_ content: [UInt8], now: Int64) -> [UInt8] {
    if content.isEmpty { return bytes("health file is empty") }
    var lines = TextParts(linesOf: content)
    guard let state = lines.next(), let time = lines.next(), !time.isEmpty || lines.next() != nil else {
      return bytes("health file must have two lines: state and unix timestamp")
    }
    let digits = TextWords(time).rest
    // Rust's parser accepts a plus
    guard let written = parseDecimal(digits.first == UInt8(ascii: "+") ? digits.dropFirst() : digits) else {
      return bytes("health file line 2 is not a unix time in seconds")
    }
    let age = now - Int64(clamping: written)
    if age > Limits.healthLifetime {
      return bytes("health file is stale: written ", decimal(age)) + "s ago, limit is 60s"
    }
    let word = TextWords(state).rest
    if word.matchesIgnoringCase("healthy") { return [] }
    if word.matchesIgnoringCase("unhealthy") { return bytes("app reports unhealthy") }
    return bytes("health file line 1 is neither healthy nor unhealthy")
  }

  /// A path as it may be shown: characters that control a terminal or change the direction of text become spaces.
  static func cleaned(_ path: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var scalars = UTF8Scalars()
    for byte in path {
      scalars.take(byte) { UTF8Text.append(CodePoints.isSteering($0) ? 0x20 : $0, to: &out) }
    }
    let shown = UTF8Text.prefix(out, Limits.healthPath)
    return shown.count == out.count ? out : shown + "... (truncated)"
  }
}
