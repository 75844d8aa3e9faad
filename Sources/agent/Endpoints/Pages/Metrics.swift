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
    func family(_ name: StaticString, _ help: StaticString, type: StaticString = "gauge") -> MetricFamily {
      MetricFamily(page, name, help, type)
    }
    let system = machine.reading(now: Clock.monotonic())
    family("system_os_name", "Name of the operating system.").line("{os_name=\"~\"} 1\n", [system.osName])
    family("system_os_version", "Version of the operating system.").line("{os_version=\"~\"} 1\n", [system.osVersion])
    family("system_kernel_version", "Release of the kernel.").line("{kernel_version=\"~\"} 1\n", [system.kernelVersion])
    family("system_cpu_model", "Model of the processors.").line("{cpu_model=\"~\"} 1\n", [system.cpuModel])
    family("system_num_cpus", "Processors that are on.").line(UInt64(system.cpuCount))
    family("system_memory_total", "Memory in bytes.").line(system.totalMemory)
    family("system_memory_available", "Memory that programs could still have, in bytes.").line(system.availableMemory)
    family("system_memory_used", "Memory in use, in bytes.").line(system.usedMemory)
    family("system_memory_free", "Memory that is used for nothing, in bytes.").line(system.freeMemory)
    family("system_swap_total", "Swap space in bytes.").line(system.totalSwap)
    family("system_swap_used", "Swap space in use, in bytes.").line(system.usedSwap)
    family("system_swap_free", "Swap space that is free, in bytes.").line(system.freeSwap)
    family("system_uptime", "Seconds since the machine started.").line(system.uptime)
    family("system_load_average_1m", "Load average of a minute, times 100.").line(UInt64(system.loadOne))
    family("system_load_average_5m", "Load average of five minutes, times 100.").line(UInt64(system.loadFive))
    family("system_load_average_15m", "Load average of fifteen minutes, times 100.").line(UInt64(system.loadFifteen))
    let disks = system.disks
    family("disk_total_size", "Size of the file system in bytes.").lines(disks) { decimal($0.size) }
    family("disk_free_size", "Bytes that ordinary users may still fill.").lines(disks) { decimal($0.free) }
    family("disk_used_size", "Bytes that are not free.").lines(disks) { decimal($0.used) }
    family("disk_usage_percentage", "Part of the size that is used, in percent.").lines(disks) { fraction($0.usage, 2) }
    family("dstack_agent_requests_total", "Requests answered.", type: "counter").lines(traffic) { $0.requests }
    family("dstack_agent_errors_total", "Requests refused or failed.", type: "counter").lines(traffic) { $0.errors }
    family("dstack_agent_connections", "Connections that are open.").lines(traffic) { $0.connections }
    let quotes = evidence.quoteStatistics
    let time = family("dstack_agent_quote_seconds", "Quotes made, and the time they took.", type: "summary")
    time.line("_sum ~\n", [fraction(UInt64(clamping: quotes.milliseconds), 3)])
    time.line("_count ~\n", [decimal(UInt64(clamping: quotes.made))])
    family("dstack_agent_quote_queue_depth", "Quotes that wait for their turn.").line(UInt64(clamping: quotes.depth))
    family("dstack_agent_resident_bytes", "Memory of the agent that is resident.").line(machine.residentMemory)
    let events = UInt64(clamping: evidence.eventCount)
    family("dstack_agent_rtmr3_events_total", "Events in the runtime event log.", type: "counter").line(events)
    return page
  }

  /// A number of so many decimal places.
  static func fraction(_ number: UInt64, _ places: Int) -> [UInt8] {
    var digits = decimal(number)
    while digits.count <= places { digits.insert(UInt8(ascii: "0"), at: 0) }
    digits.insert(UInt8(ascii: "."), at: digits.count - places)
    return digits
  }
}

/// A family of the metrics; what comes behind its name on a line. Its head is written when it is made.
private struct MetricFamily {
  private let page: ByteBuffer
  private let name: StaticString

  @inline(never)
  init(_ page: ByteBuffer, _ name: StaticString, _ help: StaticString, _ type: StaticString) {
    (self.page, self.name) = (page, name)
    page.fill("# HELP ~ ~\n# TYPE ~ ~\n", [bytes(name), bytes(help), bytes(name), bytes(type)], for: .label)
  }

  @inline(never)
  func line(_ template: StaticString, _ values: [[UInt8]]) {
    page.append(name)
    page.fill(template, values, for: .label)
  }

  @inline(never)
  func line(_ number: UInt64) { line(" ~\n", [decimal(number)]) }

  @inline(never)
  func lines(_ disks: [Disk], _ value: (Disk) -> [UInt8]) {
    for disk in disks { line("{name=\"~\",mount_point=\"~\"} ~\n", [disk.name, disk.mountPoint, value(disk)]) }
  }

  @inline(never)
  func lines(_ listeners: [Traffic], _ value: (Traffic) -> UInt64) {
    for listener in listeners { line("{listener=\"~\"} ~\n", [bytes(listener.name), decimal(value(listener))]) }
  }
}
