/// What the metrics are made of.
enum MetricsText {
  struct Family {
    let name: StaticString
    let help: StaticString
    var type: StaticString = "gauge"
    /// What comes behind the name on a line: `~` stands for a value.
    var line: StaticString = " ~\n"
  }

  static let system = [
    Family(name: "system_os_name", help: "Name of the operating system.", line: "{os_name=\"~\"} 1\n"),
    Family(name: "system_os_version", help: "Version of the operating system.", line: "{os_version=\"~\"} 1\n"),
    Family(name: "system_kernel_version", help: "Release of the kernel.", line: "{kernel_version=\"~\"} 1\n"),
    Family(name: "system_cpu_model", help: "Model of the processors.", line: "{cpu_model=\"~\"} 1\n"),
    Family(name: "system_num_cpus", help: "Processors that are on."),
    Family(name: "system_memory_total", help: "Memory in bytes."),
    Family(name: "system_memory_available", help: "Memory that programs could still have, in bytes."),
    Family(name: "system_memory_used", help: "Memory in use, in bytes."),
    Family(name: "system_memory_free", help: "Memory that is used for nothing, in bytes."),
    Family(name: "system_swap_total", help: "Swap space in bytes."),
    Family(name: "system_swap_used", help: "Swap space in use, in bytes."),
    Family(name: "system_swap_free", help: "Swap space that is free, in bytes."),
    Family(name: "system_uptime", help: "Seconds since the machine started."),
    Family(name: "system_load_average_1m", help: "Load average of a minute, times 100."),
    Family(name: "system_load_average_5m", help: "Load average of five minutes, times 100."),
    Family(name: "system_load_average_15m", help: "Load average of fifteen minutes, times 100."),
  ]

  /// With a line for each disk.
  static let disks = [
    Family(name: "disk_total_size", help: "Size of the file system in bytes.", line: "{name=\"~\",mount_point=\"~\"} ~\n"),
    Family(
      name: "disk_free_size", help: "Bytes that ordinary users may still fill.", line: "{name=\"~\",mount_point=\"~\"} ~\n"),
    Family(name: "disk_used_size", help: "Bytes that are not free.", line: "{name=\"~\",mount_point=\"~\"} ~\n"),
    Family(
      name: "disk_usage_percentage", help: "Part of the size that is used, in percent.",
      line: "{name=\"~\",mount_point=\"~\"} ~\n"),
  ]

  /// With a line for each listener.
  static let listeners = [
    Family(name: "dstack_agent_requests_total", help: "Requests answered.", type: "counter", line: "{listener=\"~\"} ~\n"),
    Family(
      name: "dstack_agent_errors_total", help: "Requests refused or failed.", type: "counter", line: "{listener=\"~\"} ~\n"),
    Family(name: "dstack_agent_connections", help: "Connections that are open.", line: "{listener=\"~\"} ~\n"),
  ]

  static let agent = [
    Family(
      name: "dstack_agent_quote_seconds", help: "Quotes made, and the time they took.", type: "summary",
      line: "_sum ~\ndstack_agent_quote_seconds_count ~\n"),
    Family(name: "dstack_agent_quote_queue_depth", help: "Quotes that wait for their turn."),
    Family(name: "dstack_agent_resident_bytes", help: "Memory of the agent that is resident."),
    Family(name: "dstack_agent_rtmr3_events_total", help: "Events in the runtime event log.", type: "counter"),
  ]
}
