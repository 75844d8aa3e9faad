/// How the app wants its health judged (app-compose's `requirements`; docs/spec/health.md).
enum HealthSource {
  /// Not at all.
  case none
  /// By a file that the app writes; an absolute path.
  case file([UInt8])
  /// By the health checks of its containers, those of its Compose project.
  case containers(project: [UInt8])

  /// Reads the members of app-compose's object, which keeps the errors. The startup has checked which of them may be combined.
  init(in compose: JSONObject) {
    let requirements = compose.object("requirements")
    guard requirements?.flag("health_check") ?? false else {
      self = .none
      return
    }
    if let path = requirements?.text("health_status_file") {
      self = .file(path)
    } else {
      self = .containers(project: Self.project(compose.text("docker_compose_file") ?? []))
    }
  }

  /// The top-level `name:` of a Compose file, in lower case; `dstack` without one.
  static func project(_ compose: [UInt8]) -> [UInt8] {
    for line in TextParts(linesOf: compose) {
      guard let value = line.behind("name:"), value.first ?? 0x20 <= 0x20 else { continue }
      var name = TextWords(value)[0]
      if let quote = name.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), name.last == quote, name.count > 1 {
        name = name.dropFirst().dropLast()
      }
      if !name.isEmpty { return name.map(lowercased) }
    }
    return bytes("dstack")
  }
}
