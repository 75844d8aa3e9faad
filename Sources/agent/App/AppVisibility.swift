/// What the app shows to anyone who reaches port 8090, by app-compose.json.
struct AppVisibility {
  static let members: [StaticString] = ["public_logs", "public_sysinfo", "public_tcbinfo"]

  /// The containers' logs.
  var logs = false
  /// The machine, and the metrics.
  var sysinfo = false
  /// Registers, event log, app-compose.json and vm_config.
  var tcbInfo = true

  init() {}

  /// A value that is neither true nor false is kept by `object`, which was read with `members` among the known ones.
  init(in object: JSONObject) {
    var flags = [logs, sysinfo, tcbInfo]
    for index in flags.indices {
      if let flag = object.flag(Self.members[index]) { flags[index] = flag }
    }
    (logs, sysinfo, tcbInfo) = (flags[0], flags[1], flags[2])
  }
}
