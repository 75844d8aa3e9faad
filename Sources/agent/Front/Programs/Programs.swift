/// A program that process 1 started. Its description is not trusted: names and paths are made printable and cut.
final class GuestProgram {
  let name: [UInt8]
  let path: [UInt8]
  /// Whether its output is kept; otherwise it is dropped.
  let keepsOutput: Bool
  let area: OutputArea

  /// Nil if the area describes no program.
  init?(_ area: OutputArea) {
    guard let texts = area.description(3) else { return nil }
    (name, path) = (printable(texts[0].prefix(Limits.programName)), printable(texts[1].prefix(Limits.programPath)))
    keepsOutput = !texts[2].isEmpty
    self.area = area
  }

  /// Its entry in lists; `now` is in seconds since 1970.
  func container(now: UInt64) -> Container {
    let record = area.record() ?? ProgramRecord()
    let state: StaticString
    var status: [UInt8]
    let since = Self.span(now >= record.changed ? now - record.changed : 0)
    switch record.state {
    case .created: (state, status) = ("created", bytes("Created"))
    case .running: (state, status) = ("running", bytes("Up ", since))
    case .restarting: (state, status) = ("restarting", bytes("Restarting"))
    case .exited: (state, status) = ("exited", bytes("Exited"))
    }
    if record.state == .restarting || record.state == .exited {
      status += bytes(" (", decimal(record.status)) + ") " + since + " ago"
    }
    if record.restarts > 0 { status += bytes(", ", Self.count(record.restarts, "restart")) }
    if record.memory > 0 { status += bytes(", ", DashboardMachine.size(record.memory)) }
    return Container(program: self, status: status, created: record.began, state: state)
  }

  /// A duration for people, in the largest unit that gives at least two.
  private static func span(_ seconds: UInt64) -> [UInt8] {
    switch seconds {
    case 0..<120: count(seconds, "second")
    case 0..<7200: count(seconds / 60, "minute")
    case 0..<172_800: count(seconds / 3600, "hour")
    default: count(seconds / 86400, "day")
    }
  }

  private static func count(_ number: UInt64, _ what: StaticString) -> [UInt8] {
    decimal(number) + " " + bytes(what) + (number == 1 ? "" : "s")
  }
}

/// The programs that process 1 started; none under another supervisor.
final class Programs {
  let all: [GuestProgram]

  /// `file` is what process 1 keeps for them (`OutputArea`).
  init(_ file: OpenFile?) {
    var all: [GuestProgram] = []
    if let file {
      for place in 0..<OutputArea.count(in: file) {
        if let program = GuestProgram(OutputArea(file, place)) { all.append(program) }
      }
    }
    self.all = all
  }

  /// By name.
  func find(_ name: [UInt8]) -> GuestProgram? { all.first { $0.name == name } }

  /// Puts programs before the containers. If no container engine answers, there are no containers.
  func put(before list: Result<ContainerList, AgentError>) -> Result<ContainerList, AgentError> {
    if all.isEmpty { return list }
    var containers = ContainerList()
    switch list {
    case .success(let found): containers = found
    case .failure(let error): if error.kind != .unavailable { return list }
    }
    let now = UInt64(clamping: Clock.unix())
    containers.add(all.map { $0.container(now: now) })
    return .success(containers)
  }
}
