/// What app-compose.json lets anyone who reaches port 8090 see.
struct AppVisibility {
  /// The containers' logs.
  var logs = false
  /// The machine, and the metrics.
  var sysinfo = false
  /// Registers, event log, app-compose.json and vm_config.
  var tcbInfo = true

  init() {}

  /// From the object of app-compose, which keeps errors in these members.
  init(in compose: JSONObject) {
    logs = compose.flag("public_logs") ?? logs
    sysinfo = compose.flag("public_sysinfo") ?? sysinfo
    tcbInfo = compose.flag("public_tcbinfo") ?? tcbInfo
  }
}
