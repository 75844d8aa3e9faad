import CSystem
import Foundation
import Testing

@testable import agent

@Suite struct RuntimeEventLogTests {
  private let folder: TemporaryFolder
  private let log: RuntimeEventLog

  init() throws {
    folder = try TemporaryFolder()
    log = RuntimeEventLog(directory: folder.bytes + Array("/run/dstack".utf8))
  }

  private func emit(_ name: String, _ payload: [UInt8] = []) throws {
    try log.emit(name: Array(name.utf8), payload: payload, deadline: deadline(after: 10_000)) { _ in }
  }

  private func text() throws -> String { String(decoding: try folder.read("run/dstack/runtime_events.log"), as: UTF8.self) }

  private func history() throws -> RuntimeEventHistory {
    var history = RuntimeEventHistory()
    try log.refresh(&history)
    return history
  }

  private func check(_ history: inout RuntimeEventHistory, _ register: [UInt8]) throws -> RuntimeEventLog.Consistency {
    try log.check(&history, deadline: deadline(after: 10_000)) { register }
  }

  @Test func empty() throws {
    var history = try history()
    #expect(history.events.count == 0 && history.damagedLines == 0)
    #expect(try log.version() == .one)
    #expect(try check(&history, RTMR.zero) == .consistent)
    #expect(try check(&history, [1] + RTMR.zero.dropFirst()) == .mismatch)
  }

  @Test func lines() throws {
    var digests: [[UInt8]] = []
    for (name, payload) in [("app-id", [UInt8]([1, 2, 3, 4])), ("grün \"\\\n", [])] {
      try log.emit(name: Array(name.utf8), payload: payload, deadline: deadline(after: 10_000)) { digests.append($0) }
    }
    #expect(
      try text() == """
        {"event":"app-id","payload":"AQIDBA=="}
        {"event":"gr\\u00fcn \\"\\\\\\n","payload":""}

        """)
    #expect(try folder.mode("run") == 0o755 && folder.mode("run/dstack") == 0o700)
    #expect(try folder.mode("run/dstack/runtime_events.log") == 0o600)
    #expect(try folder.mode("run/dstack/runtime_event.lock") == 0o600)
    var history = try history()
    #expect(history.events.list.map(\.digest) == digests)
    #expect(history.events.list.map(\.name) == [Array("app-id".utf8), Array("grün \"\\\n".utf8)])
    #expect(history.events.list.map(\.payload) == [[1, 2, 3, 4], []])
    #expect(try check(&history, history.events.register) == .consistent)
    #expect(history.events.count == 2)
  }

  @Test func versionTwo() throws {
    try log.fix(.two, deadline: deadline(after: 10_000))
    try log.fix(.two, deadline: deadline(after: 10_000))
    #expect(failureText { try log.fix(.one, deadline: deadline(after: 10_000)) } != nil)
    #expect(try folder.read("run/dstack/runtime_event_version") == Array("2".utf8))
    #expect(try folder.mode("run/dstack/runtime_event_version") == 0o600)
    try emit("a", [0xff])
    #expect(try text() == "{\"event\":\"a\",\"payload\":\"/w==\",\"version\":2}\n")
    #expect(try history().events.list.map(\.version) == [.two])
  }

  @Test(arguments: [("", 1), ("1", 1), ("2\n", 2), ("3", 0), ("12", 0), ("x", 0), ("2\n\n", 0)])
  func versionFile(content: String, version: UInt64) throws {
    try emit("a")
    try folder.write("run/dstack/runtime_event_version", Array(content.utf8))
    if version == 0 {
      #expect(failureText { _ = try log.version() } != nil)
      #expect(failureText { try emit("b") } != nil)
    } else {
      #expect(try log.version().rawValue == version)
    }
  }

  @Test func failedExtend() throws {
    try emit("a")
    let error = failureText {
      try log.emit(name: [0x62], payload: [], deadline: deadline(after: 10_000)) { (_) throws(AgentError) in
        throw .failed("no register")
      }
    }
    #expect(error == "no register")
    #expect(try history().events.count == 1)
  }

  @Test func refreshReadsWhatIsNew() throws {
    try emit("a")
    var history = try history()
    let position = history.position
    #expect(position == (try text()).utf8.count)
    try emit("b")
    try log.refresh(&history)
    #expect(history.events.list.map(\.name) == [[0x61], [0x62]])
    try log.refresh(&history)
    #expect(history.events.count == 2)
    // a log that another boot began
    try folder.write("run/dstack/runtime_events.log", Array("{\"event\":\"c\",\"payload\":\"\"}\n".utf8))
    try log.refresh(&history)
    #expect(history.events.list.map(\.name) == [[0x63]])
    try FileManager.default.removeItem(atPath: folder.path + "/run/dstack/runtime_events.log")
    try log.refresh(&history)
    #expect(history.events.count == 0 && history.position == 0)
  }

  /// A process died with the register extended, and its line missing or cut off.
  @Test func crash() throws {
    try emit("a")
    let whole = try text()
    var digests = try history().events.list.map(\.digest)
    digests.append(RuntimeEvent(name: [0x62], payload: [1, 2, 3], version: .one).digest)
    let register = digests.reduce(RTMR.zero) { RTMR.extend($0, with: $1) }
    let line = "{\"event\":\"b\",\"payload\":\"AQID\"}"
    for length in 0...line.utf8.count {
      let cut = String(line.prefix(length))
      try folder.write("run/dstack/runtime_events.log", Array((whole + cut).utf8))
      var history = try history()
      #expect(history.events.count == 1 && history.damagedLines == 0)
      let complete = length == line.utf8.count
      #expect(try check(&history, register) == (complete ? .consistent : .mismatch))
      #expect(history.damagedLines == (length == 0 || complete ? 0 : 1))
      try emit("c")
      try log.refresh(&history)
      #expect(history.events.list.last?.name == [0x63])
      #expect(try text() == whole + (length == 0 ? "" : cut + "\n") + "{\"event\":\"c\",\"payload\":\"\"}\n")
    }
  }

  @Test func tornLineIsEndedBeforeTheNext() throws {
    try emit("a")
    try folder.write("run/dstack/runtime_events.log", Array("{\"event\":\"x\",".utf8))
    try emit("b")
    let history = try history()
    #expect(history.damagedLines == 1 && history.events.list.map(\.name) == [[0x62]])
  }

  @Test(arguments: [
    "x", "{}", "[]", "{\"event\":\"a\"}", "{\"payload\":\"\"}", "{\"event\":1,\"payload\":\"\"}",
    "{\"event\":\"a\",\"payload\":\"=\"}",
    "{\"event\":\"a\",\"payload\":\"\",\"version\":0}", "{\"event\":\"a\",\"payload\":\"\",\"version\":3}",
    "{\"event\":\"a\",\"payload\":\"\",\"version\":258}", "{\"event\":\"a\",\"payload\":\"\"} {}",
    "{\"event\":\"\\ud800\",\"payload\":\"\"}",
  ])
  func damagedLine(line: String) throws { try damaged(line) }

  @Test func deepLine() throws { try damaged(String(repeating: "[", count: 100_000)) }

  private func damaged(_ line: String) throws {
    try emit("a")
    try folder.write(
      "run/dstack/runtime_events.log", Array("\(line)\n\n{\"x\":[1],\"payload\":\"AQ==\",\"event\":\"b\"} \n".utf8))
    let history = try history()
    #expect(history.damagedLines == 1 && history.events.list.map(\.payload) == [[1]])
  }

  @Test func limit() throws {
    try emit("a")
    let last = "{\"event\":\"b\",\"payload\":\"\"}\n"
    for (excess, fits) in [(0, true), (1, false)] {
      let filler = [UInt8](repeating: 0x78, count: 1536 * 1024 - last.utf8.count + excess - 1)
      try folder.write("run/dstack/runtime_events.log", filler + [0x0a])
      var extended = false
      let error = failureText {
        try log.emit(name: [0x62], payload: [], deadline: deadline(after: 10_000)) { _ in extended = true }
      }
      #expect((error == nil) == fits && extended == fits)
      #expect(try history().events.count == (fits ? 1 : 0))
    }
    try folder.write("run/dstack/runtime_events.log", [UInt8](repeating: 0x0a, count: 1536 * 1024 + 1))
    #expect(failureText { _ = try history() } == "the runtime event log is too large")
  }

  @Test func locked() throws {
    try emit("a")
    let other = open(folder.path + "/run/dstack/runtime_event.lock", O_RDWR)
    defer { close(other) }
    #expect(flock(other, LOCK_EX) == 0)
    // the alarm goes to this thread, and the test runner's threads block all signals
    var alarm = sigset_t()
    sigemptyset(&alarm)
    sigaddset(&alarm, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
    let error = failureText {
      try log.emit(name: [0x62], payload: [], deadline: deadline(after: 50)) { _ in }
    }
    #expect(error == "the runtime event log: another process holds the lock")
    flock(other, LOCK_UN)
    try emit("b")
    #expect(try history().events.list.map(\.name) == [[0x61], [0x62]])
  }

  @Test func noSymbolicLinks() throws {
    try emit("a")
    try FileManager.default.removeItem(atPath: folder.path + "/run/dstack/runtime_events.log")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/run/dstack/runtime_events.log", withDestinationPath: folder.path + "/elsewhere")
    #expect(failureText { try emit("b") } != nil)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/elsewhere"))
  }

  /// Writers in several threads, each with files of its own: no event is lost and the register agrees.
  @Test func concurrentWriters() throws {
    let register = Register()
    let log = log
    DispatchQueue.concurrentPerform(iterations: 8) { writer in
      for index in 0..<25 {
        let name = Array("event \(writer) \(index)".utf8)
        try? log.emit(name: name, payload: [], deadline: deadline(after: 60_000)) { register.extend($0) }
      }
    }
    var history = try history()
    #expect(history.events.count == 200 && history.damagedLines == 0)
    #expect(try check(&history, register.value) == .consistent)
  }

  private final class Register: @unchecked Sendable {
    // guarded by the lock of the log, which is what the test is about
    private(set) var value = RTMR.zero
    func extend(_ digest: [UInt8]) { value = RTMR.extend(value, with: digest) }
  }
}
