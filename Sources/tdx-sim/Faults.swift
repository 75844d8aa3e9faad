import Glibc

/// The faults to inject, read from `faults` in the state folder at every use, so that a test can change them while the guest
/// runs. One fault per line. Lines are used up in order; a line without a count is never used up; a change of the file starts
/// over. A `#` begins a comment. A line that is not understood makes every quote fail with EPROTO, and is logged.
///
///     delay-ms N         a quote takes N milliseconds, instead of --quote-delay
///     skip N             N good quotes
///     busy [N]           the same as fail EBUSY [N]
///     eintr [N]          the same as fail EINTR [N]
///     fail ERRNO [N]     reading outblob fails; the QGS answers an error
///     hang [N]           no answer until no line of the file says hang
///     empty [N]          a quote of no bytes
///     garbage [N]        bytes that are not a quote, or not a QGS message
///     big [N]            a quote padded to 17 KiB
///     reset [N]          the QGS resets the connection; configfs: EIO
///     extend ERRNO [N]   extending a register fails
final class Faults {
  enum Effect: Equatable {
    case none, hang, empty, garbage, big, reset
    case fail(Int32)
  }

  private struct Rule {
    let effect: Effect
    var left: Int?  // nil: never used up
  }

  private static let errnos: [String: Int32] = [
    "EPERM": EPERM, "ENOENT": ENOENT, "EINTR": EINTR, "EIO": EIO, "ENXIO": ENXIO, "EAGAIN": EAGAIN, "ENOMEM": ENOMEM,
    "EACCES": EACCES, "EBUSY": EBUSY, "ENODEV": ENODEV, "EINVAL": EINVAL, "EFBIG": EFBIG, "ENOSPC": ENOSPC,
    "EPROTO": EPROTO, "ETIMEDOUT": ETIMEDOUT,
  ]

  private let path: String
  private let defaultDelay: Int64
  private var identity: [Int] = []
  private var quoteRules: [Rule] = []
  private var extendRules: [Rule] = []
  private var fileDelay: Int64?

  /// `delay` in nanoseconds.
  init(state: String, delay: Int64) {
    path = state + "/faults"
    defaultDelay = delay
  }

  /// How long a quote takes, in nanoseconds.
  var delay: Int64 {
    refresh()
    return fileDelay ?? defaultDelay
  }

  /// Whether hung requests keep hanging.
  var hanging: Bool {
    refresh()
    return quoteRules.contains { $0.effect == .hang }
  }

  /// What happens to the next quote.
  func quote() -> Effect {
    refresh()
    return Faults.use(&quoteRules)
  }

  /// What happens to the next extension of a register.
  func extend() -> Effect {
    refresh()
    return Faults.use(&extendRules)
  }

  private static func use(_ rules: inout [Rule]) -> Effect {
    guard let i = rules.firstIndex(where: { $0.left != 0 }) else { return .none }
    if let left = rules[i].left { rules[i].left = left - 1 }
    return rules[i].effect
  }

  private func refresh() {
    var info = stat()
    let found = stat(path, &info) == 0
    let current = found ? [Int(info.st_ino), Int(info.st_size), info.st_ctim.tv_sec, info.st_ctim.tv_nsec] : []
    if current == identity { return }
    identity = current
    quoteRules = []
    extendRules = []
    fileDelay = nil
    guard found, let bytes = try? System.read(path, limit: 65536) else { return }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }.map(String.init)
      if words.isEmpty || parse(words) { continue }
      System.log("faults: cannot read the line '\(line)'")
      quoteRules = [Rule(effect: .fail(EPROTO), left: nil)]
      return
    }
  }

  private func parse(_ words: [String]) -> Bool {
    var rest = Array(words.dropFirst())
    let effect: Effect
    switch words[0] {
    case "delay-ms":
      guard rest.count == 1, let ms = Int64(rest[0]), (0...3_600_000).contains(ms) else { return false }
      fileDelay = ms * 1_000_000
      return true
    case "skip":
      if rest.isEmpty { return false }
      effect = .none
    case "busy": effect = .fail(EBUSY)
    case "eintr": effect = .fail(EINTR)
    case "hang": effect = .hang
    case "empty": effect = .empty
    case "garbage": effect = .garbage
    case "big": effect = .big
    case "reset": effect = .reset
    case "fail", "extend":
      guard let name = rest.first, let code = Faults.errnos[name] else { return false }
      rest.removeFirst()
      effect = .fail(code)
    default: return false
    }
    var left: Int?
    if let count = rest.first {
      guard rest.count == 1, let n = Int(count), n >= 0 else { return false }
      left = n
    }
    let rule = Rule(effect: effect, left: left)
    if words[0] == "extend" { extendRules.append(rule) } else { quoteRules.append(rule) }
    return true
  }
}
