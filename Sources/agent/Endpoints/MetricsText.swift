/// What the metrics are made of: `~` stands for a value.
enum MetricsText {
  static let system: StaticString = """
    # HELP system_os_name Name of the operating system.
    # TYPE system_os_name gauge
    system_os_name{os_name="~"} 1
    # HELP system_os_version Version of the operating system.
    # TYPE system_os_version gauge
    system_os_version{os_version="~"} 1
    # HELP system_kernel_version Release of the kernel.
    # TYPE system_kernel_version gauge
    system_kernel_version{kernel_version="~"} 1
    # HELP system_cpu_model Model of the processors.
    # TYPE system_cpu_model gauge
    system_cpu_model{cpu_model="~"} 1
    # HELP system_num_cpus Processors that are on.
    # TYPE system_num_cpus gauge
    system_num_cpus ~
    # HELP system_memory_total Memory in bytes.
    # TYPE system_memory_total gauge
    system_memory_total ~
    # HELP system_memory_available Memory that programs could still have, in bytes.
    # TYPE system_memory_available gauge
    system_memory_available ~
    # HELP system_memory_used Memory in use, in bytes.
    # TYPE system_memory_used gauge
    system_memory_used ~
    # HELP system_memory_free Memory that is used for nothing, in bytes.
    # TYPE system_memory_free gauge
    system_memory_free ~
    # HELP system_swap_total Swap space in bytes.
    # TYPE system_swap_total gauge
    system_swap_total ~
    # HELP system_swap_used Swap space in use, in bytes.
    # TYPE system_swap_used gauge
    system_swap_used ~
    # HELP system_swap_free Swap space that is free, in bytes.
    # TYPE system_swap_free gauge
    system_swap_free ~
    # HELP system_uptime Seconds since the machine started.
    # TYPE system_uptime gauge
    system_uptime ~
    # HELP system_load_average_1m Load average of a minute, times 100.
    # TYPE system_load_average_1m gauge
    system_load_average_1m ~
    # HELP system_load_average_5m Load average of five minutes, times 100.
    # TYPE system_load_average_5m gauge
    system_load_average_5m ~
    # HELP system_load_average_15m Load average of fifteen minutes, times 100.
    # TYPE system_load_average_15m gauge
    system_load_average_15m ~

    """

  /// The families of disks, and a line of each.
  static let disks: [StaticString] = [
    "# HELP disk_total_size Size of the file system in bytes.\n# TYPE disk_total_size gauge\n",
    "# HELP disk_free_size Bytes that ordinary users may still fill.\n# TYPE disk_free_size gauge\n",
    "# HELP disk_used_size Bytes that are not free.\n# TYPE disk_used_size gauge\n",
    "# HELP disk_usage_percentage Part of the size that is used, in percent.\n# TYPE disk_usage_percentage gauge\n",
  ]
  static let disk: [StaticString] = [
    "disk_total_size{name=\"~\",mount_point=\"~\"} ~\n",
    "disk_free_size{name=\"~\",mount_point=\"~\"} ~\n",
    "disk_used_size{name=\"~\",mount_point=\"~\"} ~\n",
    "disk_usage_percentage{name=\"~\",mount_point=\"~\"} ~\n",
  ]

  /// The families of listeners, and a line of each.
  static let listeners: [StaticString] = [
    "# HELP dstack_agent_requests_total Requests answered.\n# TYPE dstack_agent_requests_total counter\n",
    "# HELP dstack_agent_errors_total Requests refused or failed.\n# TYPE dstack_agent_errors_total counter\n",
    "# HELP dstack_agent_connections Connections that are open.\n# TYPE dstack_agent_connections gauge\n",
  ]
  static let listener: [StaticString] = [
    "dstack_agent_requests_total{listener=\"~\"} ~\n",
    "dstack_agent_errors_total{listener=\"~\"} ~\n",
    "dstack_agent_connections{listener=\"~\"} ~\n",
  ]

  static let agent: StaticString = """
    # HELP dstack_agent_quote_seconds Quotes made, and the time they took.
    # TYPE dstack_agent_quote_seconds summary
    dstack_agent_quote_seconds_sum ~
    dstack_agent_quote_seconds_count ~
    # HELP dstack_agent_quote_queue_depth Quotes that wait for their turn.
    # TYPE dstack_agent_quote_queue_depth gauge
    dstack_agent_quote_queue_depth ~
    # HELP dstack_agent_resident_bytes Memory of the agent that is resident.
    # TYPE dstack_agent_resident_bytes gauge
    dstack_agent_resident_bytes ~
    # HELP dstack_agent_rtmr3_events_total Events in the runtime event log.
    # TYPE dstack_agent_rtmr3_events_total counter
    dstack_agent_rtmr3_events_total ~

    """
}
