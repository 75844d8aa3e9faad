/// By what the app wants its health judged (app-compose's `requirements`).
enum HealthSource {
  /// It does not want that.
  case none
  /// A file that it writes; an absolute path.
  case file([UInt8])
  /// The health checks of its containers; the text of its Compose file, which may name the project.
  case containers(compose: [UInt8])

  /// That of app-compose, whose object that is; it keeps what is wrong with it. The startup refuses a runner without containers and
  /// without a file.
  init(in compose: JSONObject) {
    let requirements = compose.object("requirements")
    guard requirements?.flag("health_check") ?? false else {
      self = .none
      return
    }
    let runner = compose.text("runner") ?? []
    if let path = requirements?.text("health_status_file") {
      self = .file(path)
    } else if runner.matches("docker-compose") || runner.matches("nerdctl-compose") {
      self = .containers(compose: compose.text("docker_compose_file") ?? [])
    } else {
      self = .none
    }
  }
}
