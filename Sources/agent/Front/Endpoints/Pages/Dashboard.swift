/// The app's page for people: a single document without scripts that loads nothing else.
enum Dashboard {
  /// `GET /`. The page is made once a second at most, however many people look.
  static func serve(
    _ exchange: Exchange, _ view: PublicView, _ engine: ContainerEngine, _ machine: MachineStatus, _ kept: KeptPage
  ) {
    let answer = { (page: ByteBuffer) in exchange.answer(Response(.html, page)) }
    if let page = kept.current() { return answer(page) }
    engine.list { containers in
      view.look { state in
        // another request may have made the page while this one waited
        if let page = kept.current() { return answer(page) }
        do throws(AgentError) { try Memory.require(Limits.page) } catch { return exchange.answer(.error(error)) }
        let page = ByteBuffer(capacity: 16 * 1024)
        write(page, state, containers, machine, title: bytes(engine.programs.all.isEmpty ? "Containers" : "Programs"))
        kept.keep(page)
        answer(page)
      }
    }
  }

  private static func write(
    _ page: ByteBuffer, _ state: PublicState, _ containers: Result<ContainerList, AgentError>, _ status: MachineStatus,
    title: [UInt8]
  ) {
    let machine = state.visibility.sysinfo ? status.reading(now: Clock.monotonic()) : nil
    let identity = state.identity
    let name = state.name.isEmpty ? bytes("Unnamed app") : state.name
    let showsTCB = identity?.log != nil
    page.fill(DashboardText.start, name)
    page.append(style)
    page.fill("</style></head>\n<body><header><h1>~</h1><p>", name)
    if let identity {
      page.append(identity.isMismatched ? DashboardText.mismatched : DashboardText.present)
    } else {
      page.append(state.isPresent ? DashboardText.unproven : DashboardText.absent)
    }
    page.fill("</p><nav><a href=\"#app\">App</a><a href=\"#containers\">~</a>", title)
    if machine != nil { page.append("<a href=\"#machine\">Machine</a>") }
    if showsTCB { page.append("<a href=\"#measurements\">Measurements</a>") }
    page.append("<a href=\"#verify\">Verify</a></nav></header>\n<main>")
    if let identity = identity?.app {
      page.fill(
        DashboardText.app,
        [
          Hex.encode(identity.appID), Hex.encode(identity.instanceID), Hex.encode(identity.composeHash),
          Hex.encode(identity.osImageHash), Hex.encode(identity.deviceID), cut(identity.keyProvider),
        ])
    } else {
      page.append(DashboardText.noApp)
    }
    page.fill("<section id=\"containers\"><h2>~</h2>", title)
    writeContainers(page, containers, hasLogs: state.visibility.logs)
    if let machine { DashboardMachine.write(page, machine) }
    if let identity, let tcbInfo = identity.tcbInfo {
      DashboardMeasurements.write(page, identity)
      // whole, because programs read it: docs/page.md
      page.append("<section><details><summary>tcb_info</summary><textarea readonly>")
      page.insert(EscapedBody(tcbInfo, .html))
      page.append("</textarea></details></section>\n")
    }
    page.append(identity == nil ? DashboardText.noProof : DashboardText.proof)
    page.fill(DashboardText.end, [bytes(Version.number), Build.commit])
  }

  private static func writeContainers(_ page: ByteBuffer, _ result: Result<ContainerList, AgentError>, hasLogs: Bool) {
    switch result {
    case .failure(let error) where error.kind == .unavailable:
      page.append("<p class=\"dim\">The container engine does not answer.</p>")
    case .failure(let error): page.fill("<p class=\"dim\">The list cannot be shown: ~.</p>", error.text)
    case .success(let list): writeRows(page, list, hasLogs: hasLogs)
    }
    page.append("</section>\n")
  }

  /// Programs read these rows too: docs/page.md.
  private static func writeRows(_ page: ByteBuffer, _ list: ContainerList, hasLogs: Bool) {
    let containers = list.containers
    if !containers.isEmpty {
      page.append(DashboardText.containers)
      page.append(hasLogs ? "<th>Logs</th></tr></thead><tbody>" : "</tr></thead><tbody>")
      for index in 0..<min(containers.count, Limits.pageRows) {
        let container = containers[index]
        let name = Array(container.name)
        page.fill(
          DashboardText.container, [cut(name), cut(container.state), cut(container.status), cut(container.image)])
        if hasLogs {
          if EngineRequestLine.isName(name) { page.fill(DashboardText.logs, [name, name]) } else { page.append("<td></td>") }
        }
        page.append("</tr>")
      }
      page.append("</tbody></table></div>")
      more(page, containers.count - Limits.pageRows)
    } else if list.unreadable == 0 {
      page.append("<p class=\"dim\">There are no containers.</p>")
    }
    if list.unreadable > 0 {
      page.fill("<p class=\"dim\">Unreadable entries: ~.</p>", decimal(list.unreadable))
    }
  }

  /// As much of a value as is shown.
  static func cut(_ value: [UInt8]) -> [UInt8] { Array(value.prefix(Limits.pageValue)) }

  /// Says how many rows are left out, if any.
  static func more(_ page: ByteBuffer, _ count: Int) {
    if count > 0 { page.fill("<p class=\"dim\">… and ~ more.</p>", decimal(UInt64(count))) }
  }
}
