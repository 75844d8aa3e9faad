/// How the app wants its health judged (app-compose's `requirements`).
enum HealthSource {
  /// Not at all.
  case none
  /// By a file that the app writes; an absolute path.
  case file([UInt8])
  /// By the health checks of its containers: those of the Compose project that its Compose file names.
  case containers(project: [UInt8])

  /// From the object of app-compose, which keeps errors. Which members may be combined is checked by the startup.
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

  /// The Compose file's `name:`, or else dstack's own project.
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
