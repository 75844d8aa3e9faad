import Foundation

@testable import agent

typealias Vectors = AttestationVectors

extension AttestationVectors {
  /// The bytes of hex digits. A test with a wrong table fails on an empty result.
  static func data(_ hex: String) -> [UInt8] { Hex.decode(Array(hex.utf8)) ?? [] }

  static func events(_ version: (Int) -> RuntimeEvent.Version) -> [RuntimeEvent] {
    runtime.enumerated().map { index, event in
      RuntimeEvent(name: data(event.name), payload: data(event.payload), version: version(index))
    }
  }

  static func log(_ version: (Int) -> RuntimeEvent.Version) throws -> EventLog {
    EventLog(boot: EventStore(try CCEL.parse(data(ccelOnes))), runtime: RuntimeEventHistory(events(version)).events)
  }

  static func registers(declared: Bool) -> Registers {
    func value(_ name: String) -> [UInt8] { data(registers.first { $0.name == name }?.value ?? "") }
    func declaration(_ name: String) -> [UInt8] { declared ? value(name) : RTMR.zero }
    let declarations = declaration("configID") + declaration("owner") + declaration("ownerConfig")
    return Registers(
      all: value("mrtd") + declarations + value("rtmr0") + value("rtmr1") + value("rtmr2") + value("rtmr3"))
  }

  /// A file with real evidence from the folder beside the package, on machines that have it.
  static func shared(_ name: String) -> [UInt8]? {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent()
    guard let file = try? Data(contentsOf: root.appendingPathComponent("../shared/" + name)) else { return nil }
    return Array(file)
  }
}

/// The text of a thrown AgentError, nil if nothing is thrown.
func failureText(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch let error as AgentError {
    return String(decoding: error.text, as: UTF8.self)
  } catch {
    return "\(error)"
  }
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
  let path: String
  var bytes: [UInt8] { Array(path.utf8) }

  init() throws {
    path = NSTemporaryDirectory() + "agent-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ content: [UInt8]) throws {
    try Data(content).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))) }

  func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? Int
  }
}

/// `after` milliseconds from now.
func deadline(after: Int64) -> Int64 { Clock.monotonic() + after }

/// A quote of version 4 with that report data, without a signature that anybody would accept.
func sampleQuote(over reportData: [UInt8], size: Int = 700) -> [UInt8] {
  [4, 0, 2, 0, 0x81, 0, 0, 0] + [UInt8](repeating: 0, count: 560) + reportData + [UInt8](repeating: 0x5a, count: size - 632)
}

/// A long text.
func body(_ data: [UInt8]) -> BodyReader { JoinedBody(ByteBuffer(holding: data)) }

extension RuntimeEventHistory {
  init(_ events: [RuntimeEvent]) {
    self.init()
    for event in events { append(event) }
  }
}

extension EventStore {
  /// All events, with their payloads.
  var list: [LogEvent] {
    var cursor = Cursor(self)
    return (0..<count).map { _ in cursor.next(payload: Int.max) }
  }
}

extension RTMR {
  /// RTMR3 after the events, in their order.
  static func replay(_ events: [RuntimeEvent]) -> [UInt8] { events.reduce(zero) { extend($0, with: $1.digest) } }

  /// A register after those events that extend it.
  static func replay(_ events: [LogEvent], register: UInt32) -> [UInt8] {
    events.filter { $0.register == register }.reduce(zero) { extend($0, with: $1.digest) }
  }
}
