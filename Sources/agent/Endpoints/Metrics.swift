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
    let values = [
      system.osName, system.osVersion, system.kernelVersion, system.cpuModel, decimal(system.cpuCount),
      decimal(system.totalMemory), decimal(system.availableMemory), decimal(system.usedMemory), decimal(system.freeMemory),
      decimal(system.totalSwap), decimal(system.usedSwap), decimal(system.freeSwap), decimal(system.uptime),
      decimal(system.loadOne), decimal(system.loadFive), decimal(system.loadFifteen),
    ]
    for (index, value) in values.enumerated() { write(page, MetricsText.system[index], [[value]]) }
    for (index, family) in MetricsText.disks.enumerated() {
      let lines = system.disks.map { disk in
        let values = [decimal(disk.size), decimal(disk.free), decimal(disk.used), fraction(disk.usage, 2)]
        return [disk.name, disk.mountPoint, values[index]]
      }
      write(page, family, lines)
    }
    for (index, family) in MetricsText.listeners.enumerated() {
      let lines = traffic.map { [bytes($0.name), decimal([$0.requests, $0.errors, $0.connections][index])] }
      write(page, family, lines)
    }
    let quotes = evidence.quoteStatistics
    let agent = [
      [fraction(UInt64(clamping: quotes.milliseconds), 3), decimal(UInt64(clamping: quotes.made))],
      [decimal(UInt64(clamping: quotes.depth))], [decimal(machine.residentMemory)],
      [decimal(UInt64(clamping: evidence.eventCount))],
    ]
    for (index, values) in agent.enumerated() { write(page, MetricsText.agent[index], [values]) }
    return page
  }

  private static func write(_ page: ByteBuffer, _ family: MetricsText.Family, _ lines: [[[UInt8]]]) {
    let name = bytes(family.name)
    page.fill("# HELP ~ ~\n# TYPE ~ ~\n", [name, bytes(family.help), name, bytes(family.type)], for: .label)
    for values in lines {
      page.append(family.name)
      page.fill(family.line, values, for: .label)
    }
  }

  /// A number of so many decimal places.
  private static func fraction(_ number: UInt64, _ places: Int) -> [UInt8] {
    var digits = decimal(number)
    while digits.count <= places { digits.insert(UInt8(ascii: "0"), at: 0) }
    digits.insert(UInt8(ascii: "."), at: digits.count - places)
    return digits
  }
}
