/// Info for anyone: without what the app does not show.
enum WorkerInfo {
  static func serve(
    _ call: Call, _ evidence: Evidence, _ app: AppDescription, _ certificate: AppCertificate, _ kept: KeptReply
  ) throws(AgentError) {
    let stamp = try evidence.stamp()
    if call.reply(from: kept, stamp) { return }
    let info = try Info(evidence, app, certificate, showsTCB: app.visibility.tcbInfo)
    // one without its certificate is soon another
    call.reply(keptIn: kept, stamp, for: info.appCert == nil ? 0 : Limits.reading) { info }
  }
}
