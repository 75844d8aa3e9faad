/// Reads the file in which an app reports its health. The app chooses the path, so it may be anything, and reading may take forever.
enum HealthFileReader {
  /// Reads in a child, one at a time: nothing can end a child that hangs in the kernel.
  static func read(_ path: [UInt8], _ jobs: Jobs, done: @escaping (Result<[UInt8], AgentError>) -> Void) {
    if jobs.running(.health) > 0 { return done(.failure(.unavailable("the health file cannot be read in time"))) }
    // the front gives up before that
    jobs.start(.health, timeout: 2 * Limits.healthRefresh, { read(path) }, done: done)
  }

  /// The answer to the front: a `HealthFinding` and what follows it.
  static func read(_ path: [UInt8]) -> [UInt8] {
    do throws(Errno) {
      let file = try Descriptor(path, .readingNow)
      guard file.isRegular else { return [HealthFinding.special.rawValue] }
      // at once: the app may be writing it
      return [HealthFinding.content.rawValue] + (try file.read(Limits.healthFile))
    } catch {
      if error.isMissing { return [HealthFinding.missing.rawValue] }
      return error.isNoFile ? [HealthFinding.special.rawValue] : [HealthFinding.unreadable.rawValue] + error.text
    }
  }
}
