/// What the app shows to anyone who reaches port 8090, by app-compose.json.
struct AppVisibility {
  /// The containers' logs.
  var logs = false
  /// The machine, and the metrics.
  var sysinfo = false
  /// Registers, event log, app-compose.json and vm_config.
  var tcbInfo = true

  init() {}

  /// Those of app-compose, whose object that is; it keeps what is wrong with them.
  init(in compose: JSONObject) {
    logs = compose.flag("public_logs") ?? logs
    sysinfo = compose.flag("public_sysinfo") ?? sysinfo
    tcbInfo = compose.flag("public_tcbinfo") ?? tcbInfo
  }
}
