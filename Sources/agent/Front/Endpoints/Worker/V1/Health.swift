/// Whether the app is healthy, by the checks that it asks for. A request only reads the last verdict: it starts no check.
struct Health: ReplyMessage {
  let verdict: HealthVerdict

  /// `kept` is the last reply, valid while the verdict stays the same.
  static func serve(_ call: Call, _ monitor: HealthMonitor, _ kept: KeptReply) {
    if call.reply(from: kept, monitor.stamp) { return }
    call.reply(keptIn: kept, monitor.stamp, for: Limits.healthReuse) { Health(verdict: monitor.verdict) }
  }

  func write(_ fields: FieldWriter) {
    fields.bool("healthy", 1, verdict.isHealthy)
    fields.messages("unhealthy", 2, count: verdict.unhealthy.count) { index, fields in
      fields.string("name", 1, verdict.unhealthy[index].name)
      fields.string("status", 2, verdict.unhealthy[index].status)
    }
    fields.string("error", 3, verdict.error)
  }
}
