/// Reads the file in which an app says how it does, which lies where the app likes: it may be anything, and reading may take for ever.
enum HealthFileReader {
  /// The first byte of what was found. The content follows, or in words why there is none.
  enum Finding: UInt8 { case content, missing, special, unreadable }

  /// Reads in a child, one at a time: nothing ends one that hangs in the kernel.
  static func read(_ path: [UInt8], _ jobs: Jobs, done: @escaping (Result<[UInt8], AgentError>) -> Void) {
    if jobs.running(.health) > 0 { return done(.failure(.unavailable("the health file cannot be read in time"))) }
    // who looks gives up first
    jobs.start(.health, timeout: 2 * Limits.healthRefresh, { read(path) }, done: done)
  }

  static func read(_ path: [UInt8]) -> [UInt8] {
    do throws(Errno) {
      let file = try Descriptor(path, .readingNow)
      guard file.isRegular else { return [Finding.special.rawValue] }
      return [Finding.content.rawValue] + (try file.readAll(upTo: Limits.healthFile))
    } catch {
      if error.isMissing { return [Finding.missing.rawValue] }
      return error.isNoFile ? [Finding.special.rawValue] : [Finding.unreadable.rawValue] + error.text
    }
  }
}
