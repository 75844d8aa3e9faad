/// The machine and the agent in Prometheus' text format (version 0.0.4).
enum Metrics {
  /// `GET /metrics`. The text is made once a second at most, however many scrape.
  static func serve(
    _ exchange: Exchange, _ evidence: Evidence, _ machine: MachineStatus, _ traffic: [Traffic], _ kept: KeptPage
  ) {
    if let page = kept.current() { return exchange.answer(Response(contentType: .metrics, body: page)) }
    let page = write(evidence, machine, traffic)
    kept.keep(page)
    exchange.answer(Response(contentType: .metrics, body: page))
  }

  private static func write(_ evidence: Evidence, _ machine: MachineStatus, _ traffic: [Traffic]) -> ByteBuffer {
    let page = ByteBuffer(capacity: 8 * 1024)
    let system = machine.reading(now: Clock.monotonic())
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
      for listener in traffic {
        let values = [listener.requests, listener.errors, listener.connections]
        page.fill(MetricsText.listener[family], [bytes(listener.name), decimal(values[family])], for: .label)
      }
    }
    let quotes = evidence.quoteStatistics
    page.fill(
      MetricsText.agent,
      [
        fraction(UInt64(clamping: quotes.milliseconds), 3), decimal(UInt64(clamping: quotes.made)),
        decimal(UInt64(clamping: quotes.depth)), decimal(machine.residentMemory),
        decimal(UInt64(clamping: evidence.eventCount)),
      ], for: .label)
    return page
  }

  /// A number of so many decimal places.
  private static func fraction(_ number: UInt64, _ places: Int) -> [UInt8] {
    var digits = decimal(number)
    while digits.count <= places { digits.insert(UInt8(ascii: "0"), at: 0) }
    digits.insert(UInt8(ascii: "."), at: digits.count - places)
    return digits
  }
}
