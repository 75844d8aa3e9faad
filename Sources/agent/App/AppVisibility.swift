/// What app-compose.json shows to anyone who can reach port 8090.
struct AppVisibility {
  /// The containers' logs.
  var logs = false
  /// What the machine is and does, on the dashboard and as metrics.
  var sysinfo = false
  /// Registers, event log, app-compose.json and vm_config.
  var tcbInfo = true

  /// The defaults.
  init() {}

  /// Reads the members of app-compose's object, which keeps the errors.
  init(in compose: JSONObject) {
    logs = compose.flag("public_logs") ?? logs
    sysinfo = compose.flag("public_sysinfo") ?? sysinfo
    tcbInfo = compose.flag("public_tcbinfo") ?? tcbInfo
  }
}
