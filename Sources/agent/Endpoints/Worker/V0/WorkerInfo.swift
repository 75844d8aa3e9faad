/// Info for anyone: without what the app does not show.
enum WorkerInfo {
  static func serve(
    _ call: Call, _ evidence: Evidence, _ app: AppDescription, _ certificate: AppCertificate
  ) {
    call.reply { () throws(AgentError) in try Info(evidence, app, certificate, showsTCB: app.visibility.tcbInfo) }
  }
}
