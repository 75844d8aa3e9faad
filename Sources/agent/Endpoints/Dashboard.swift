/// The page of the app for people: one document that needs nothing else, and no script to be read.
enum Dashboard {
  /// `GET /`. The page is made once a second at most, however many look.
  static func start(_ exchange: Exchange, _ agent: Agent) {
    let answer = { (page: ByteBuffer) in exchange.answer(Response(contentType: .html, body: page)) }
    if let page = agent.dashboard.current() { return answer(page) }
    agent.engine.list { containers in
      // others may have waited for the same list
      if let page = agent.dashboard.current() { return answer(page) }
      let page = ByteBuffer(capacity: 16 * 1024)
      write(page, agent, containers)
      agent.dashboard.keep(page)
      answer(page)
    }
  }

  private static func write(_ page: ByteBuffer, _ agent: Agent, _ containers: Result<[Container], AgentError>) {
    let measured = try? agent.evidence.measure()
    let name = agent.appName.isEmpty ? bytes("Unnamed app") : agent.appName
    let showsTCB = agent.visibility.tcbInfo && measured != nil
    page.fill(DashboardText.start, [name])
    page.append(style)
    page.fill("</style></head>\n<body><header><h1>~</h1><p>", [name])
    page.append(
      measured == nil ? DashboardText.absent : agent.evidence.isMismatched ? DashboardText.mismatched : DashboardText.present)
    page.append("</p><nav><a href=\"#app\">App</a><a href=\"#containers\">Containers</a>")
    if agent.visibility.sysinfo { page.append("<a href=\"#machine\">Machine</a>") }
    if showsTCB { page.append("<a href=\"#measurements\">Measurements</a>") }
    page.append("<a href=\"#verify\">Verify</a></nav></header>\n<main>")
    if let app = measured?.app {
      page.fill(
        DashboardText.app,
        [
          Hex.encode(app.appID), Hex.encode(app.instanceID), Hex.encode(app.composeHash), Hex.encode(app.osImageHash),
          Hex.encode(app.deviceID), cut(app.keyProvider),
        ])
    } else {
      page.append(DashboardText.noApp)
    }
    writeContainers(page, containers, hasLogs: agent.visibility.logs)
    if agent.visibility.sysinfo { DashboardMachine.write(page, agent.machine.reading(now: Clock.monotonic())) }
    if showsTCB, let measured { DashboardMeasurements.write(page, measured, agent.compose) }
    page.append(measured == nil ? DashboardText.noProof : DashboardText.proof)
    page.fill(DashboardText.end, [bytes(Version.number), Build.commit])
  }

  private static func writeContainers(_ page: ByteBuffer, _ result: Result<[Container], AgentError>, hasLogs: Bool) {
    page.append("<section id=\"containers\"><h2>Containers</h2>")
    switch result {
    case .failure: page.append("<p class=\"dim\">The container engine does not answer.</p>")
    case .success(let containers) where containers.isEmpty: page.append("<p class=\"dim\">There are no containers.</p>")
    case .success(let containers):
      page.append("<div class=\"scroll\"><table><tr><th>Name</th><th>State</th><th class=\"wide\">Image</th>")
      page.append(hasLogs ? "<th>Logs</th></tr>" : "</tr>")
      for index in 0..<min(containers.count, Limits.pageRows) {
        let container = containers[index]
        let name = Array(container.name)
        let color = container.state.matches("running") ? bytes("good") : []
        page.fill(
          DashboardText.container, [cut(name), color, cut(container.state), cut(container.status), cut(container.image)])
        if hasLogs, Container.isName(name) { page.fill(DashboardText.logs, [name, name]) }
        page.append("</tr>")
      }
      page.append("</table></div>")
      more(page, containers.count - Limits.pageRows)
    }
    page.append("</section>\n")
  }

  /// What is shown of a value.
  static func cut(_ value: [UInt8]) -> [UInt8] { Array(value.prefix(Limits.pageValue)) }

  /// Tells of rows that are left out.
  static func more(_ page: ByteBuffer, _ count: Int) {
    if count > 0 { page.fill("<p class=\"dim\">… and ~ more.</p>", [decimal(UInt64(count))]) }
  }
}
