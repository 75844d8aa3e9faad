/// The machine and the agent in Prometheus' text format (version 0.0.4).
enum Metrics {
  /// `GET /metrics`. The text is made once a second at most, however many scrape.
  static func page(_ agent: Agent) -> Response {
    if let page = agent.metricsPage.current() { return Response(contentType: .metrics, body: page) }
    let page = ByteBuffer(capacity: 8 * 1024)
    let system = agent.machine.reading(now: Clock.monotonic())
    page.fill(
      MetricsText.system,
      [
        system.osName, system.osVersion, system.kernelVersion, system.cpuModel, decimal(system.cpuCount),
        decimal(system.totalMemory), decimal(system.availableMemory), decimal(system.usedMemory), decimal(system.freeMemory),
        decimal(system.totalSwap), decimal(system.usedSwap), decimal(system.freeSwap), decimal(system.uptime),
        decimal(system.loadOne), decimal(system.loadFive), decimal(system.loadFifteen),
      ], for: .label)
    for family in 0..<4 {
      page.append(MetricsText.disks[family])
      for disk in system.disks {
        let values = [decimal(disk.size), decimal(disk.free), decimal(disk.used), fraction(disk.usage, 2)]
        page.fill(MetricsText.disk[family], [disk.name, disk.mountPoint, values[family]], for: .label)
      }
    }
    for family in 0..<3 {
      page.append(MetricsText.listeners[family])
      for listener in agent.listeners {
        let values = [listener.requests, listener.errors, UInt64(listener.connectionCount)]
        page.fill(MetricsText.listener[family], [bytes(listener.name), decimal(values[family])], for: .label)
      }
    }
    let quotes = agent.evidence.quoteStatistics
    page.fill(
      MetricsText.agent,
      [
        fraction(UInt64(clamping: quotes.milliseconds), 3), decimal(UInt64(clamping: quotes.made)),
        decimal(UInt64(clamping: quotes.depth)), decimal(agent.machine.residentMemory),
        decimal(UInt64(clamping: agent.evidence.eventCount)),
      ], for: .label)
    agent.metricsPage.keep(page)
    return Response(contentType: .metrics, body: page)
  }

  /// A number of so many decimal places.
  private static func fraction(_ number: UInt64, _ places: Int) -> [UInt8] {
    var digits = decimal(number)
    while digits.count <= places { digits.insert(UInt8(ascii: "0"), at: 0) }
    digits.insert(UInt8(ascii: "."), at: digits.count - places)
    return digits
  }
}
