/// The machine and the agent in Prometheus' text format (version 0.0.4).
enum Metrics {
  /// `GET /metrics`. The text is made once a second at most, however many scrape it. The loop's longest round is counted in
  /// microseconds.
  static func serve(
    _ exchange: Exchange, _ keeper: KeeperLink, _ machine: MachineStatus, _ own: @escaping () -> Counters, _ kept: KeptPage
  ) {
    if let page = kept.current() { return exchange.answer(Response(.metrics, page)) }
    keeper.ask(.counters) { answer in
      do throws(AgentError) {
        guard var counters = Counters(try answer.data()) else { throw KeeperLink.nonsense }
        counters.add(own())
        let page = write(counters, machine)
        kept.keep(page)
        exchange.answer(Response(.metrics, page))
      } catch {
        exchange.answer(.error(error))
      }
    }
  }

  private static func write(_ counters: Counters, _ machine: MachineStatus) -> ByteBuffer {
    let page = ByteBuffer(capacity: 16 * 1024)
    let system = machine.reading(now: Clock.monotonic())
    write(page, system, isDeprecated: false)
    // 1 even if there are no GPUs
    page.family("dstack_gpu_nvml_up", "Whether GPUs could be sampled.").line(1)
    write(page, system, isDeprecated: true)
    page.family("dstack_agent_requests_total", "Requests answered.", type: "counter").lines(counters.listeners) { $0.requests }
    page.family("dstack_agent_errors_total", "Requests refused or failed.", type: "counter").lines(counters.listeners) {
      $0.errors
    }
    page.family("dstack_agent_connections", "Open connections.").lines(counters.listeners) { $0.connections }
    let time = page.family("dstack_agent_quote_seconds", "Quotes made, and the time they took.", type: "summary")
    time.line("_sum ~\n", fraction(counters.quoteTime, 3))
    time.line("_count ~\n", decimal(counters.quotes))
    page.family("dstack_agent_quote_queue_depth", "Quotes waiting for their turn.").line(counters.quoteQueue)
    page.family("dstack_agent_longest_round_seconds", "The longest that the loop was busy without polling its sockets.")
      .line(" ~\n", fraction(counters.longestRound, 6))
    page.family("dstack_agent_resident_bytes", "Resident memory of the agent.").line(machine.residentMemory)
    page.family("dstack_agent_rtmr3_events_total", "Events in the runtime event log.", type: "counter").line(counters.events)
    return page
  }

  /// The machine's metrics, by the names of release 0.6, or with `isDeprecated` by those of 0.5.
  private static func write(_ page: ByteBuffer, _ system: SystemReading, isDeprecated: Bool) {
    @inline(never)
    func family(_ name: StaticString, _ old: StaticString, _ help: StaticString) -> MetricFamily {
      isDeprecated ? page.family(old, bytes("Deprecated: see ") + name) : page.family(name, help)
    }
    let info: StaticString = "dstack_guest_info"
    if isDeprecated {
      family(info, "system_os_name", "").line("{os_name=\"~\"} 1\n", system.osName)
      family(info, "system_os_version", "").line("{os_version=\"~\"} 1\n", system.osVersion)
      family(info, "system_kernel_version", "").line("{kernel_version=\"~\"} 1\n", system.kernelVersion)
      family(info, "system_cpu_model", "").line("{cpu_model=\"~\"} 1\n", system.cpuModel)
    } else {
      page.family(info, "Operating system and processors.").line(
        "{os_name=\"~\",os_version=\"~\",kernel_version=\"~\",cpu_model=\"~\"} 1\n",
        [system.osName, system.osVersion, system.kernelVersion, system.cpuModel])
    }
    family("dstack_guest_cpus", "system_num_cpus", "Processors online.").line(UInt64(system.cpuCount))
    family("dstack_guest_memory_total_bytes", "system_memory_total", "Memory.").line(system.totalMemory)
    family("dstack_guest_memory_available_bytes", "system_memory_available", "Memory that programs could still get.")
      .line(system.availableMemory)
    family("dstack_guest_memory_used_bytes", "system_memory_used", "Memory in use.").line(system.usedMemory)
    family("dstack_guest_memory_free_bytes", "system_memory_free", "Memory that nothing uses.").line(system.freeMemory)
    family("dstack_guest_swap_total_bytes", "system_swap_total", "Swap space.").line(system.totalSwap)
    family("dstack_guest_swap_used_bytes", "system_swap_used", "Swap space in use.").line(system.usedSwap)
    family("dstack_guest_swap_free_bytes", "system_swap_free", "Free swap space.").line(system.freeSwap)
    family("dstack_guest_uptime_seconds", "system_uptime", "Time since the machine started.").line(system.uptime)
    family("dstack_guest_load1", "system_load_average_1m", "Load average over one minute.").line(hundredths: system.loadOne)
    family("dstack_guest_load5", "system_load_average_5m", "Load average over five minutes.").line(hundredths: system.loadFive)
    family("dstack_guest_load15", "system_load_average_15m", "Load average over fifteen minutes.")
      .line(hundredths: system.loadFifteen)
    let disks = system.disks
    family("dstack_guest_disk_total_bytes", "disk_total_size", "Size of the file system.").lines(disks) { decimal($0.size) }
    family("dstack_guest_disk_free_bytes", "disk_free_size", "What unprivileged users may still fill.")
      .lines(disks) { decimal($0.free) }
    family("dstack_guest_disk_used_bytes", "disk_used_size", "Space that is not free.").lines(disks) { decimal($0.used) }
    family("dstack_guest_disk_used_ratio", "disk_usage_percentage", "Part of the size that is in use.")
      .lines(disks) { fraction($0.usage, isDeprecated ? 2 : 4) }
  }

  /// A number with a decimal point before its last `places` digits.
  static func fraction(_ number: UInt64, _ places: Int) -> [UInt8] {
    var digits = decimal(number)
    while digits.count <= places { digits.insert(UInt8(ascii: "0"), at: 0) }
    digits.insert(UInt8(ascii: "."), at: digits.count - places)
    return digits
  }
}
