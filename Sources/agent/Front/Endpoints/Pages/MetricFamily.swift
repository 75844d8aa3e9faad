extension ByteBuffer {
  /// Begins a family of metrics.
  @inline(never)
  func family(_ name: StaticString, _ help: StaticString, type: StaticString = "gauge") -> MetricFamily {
    MetricFamily(self, name, bytes(help), type)
  }

  /// The same for a gauge, with a help text that is composed.
  func family(_ name: StaticString, _ help: [UInt8]) -> MetricFamily { MetricFamily(self, name, help, "gauge") }
}

/// A family of metrics, to which its lines are added. Creating it writes its head.
struct MetricFamily {
  private let page: ByteBuffer
  private let name: StaticString

  @inline(never)
  init(_ page: ByteBuffer, _ name: StaticString, _ help: [UInt8], _ type: StaticString) {
    (self.page, self.name) = (page, name)
    page.fill("# HELP ~ ~\n# TYPE ~ ~\n", [bytes(name), help, bytes(name), bytes(type)], for: .label)
  }

  /// Writes a line: the family's name, then `template` with its values.
  @inline(never)
  func line(_ template: StaticString, _ values: [[UInt8]]) {
    page.append(name)
    page.fill(template, values, for: .label)
  }

  /// Writes a line with one value.
  @inline(never)
  func line(_ template: StaticString, _ value: [UInt8]) { line(template, [value]) }

  /// Writes a line with a number.
  @inline(never)
  func line(_ number: UInt64) { line(" ~\n", decimal(number)) }

  /// Writes a line with a number of hundredths.
  @inline(never)
  func line(hundredths number: UInt32) { line(" ~\n", Metrics.fraction(UInt64(number), 2)) }

  /// Writes a line for each disk.
  @inline(never)
  func lines(_ disks: [Disk], _ value: (Disk) -> [UInt8]) {
    for disk in disks { line("{name=\"~\",mount_point=\"~\"} ~\n", [disk.name, disk.mountPoint, value(disk)]) }
  }

  /// Writes a line for each listener.
  @inline(never)
  func lines(_ listeners: [ListenerCounts], _ value: (ListenerCounts) -> UInt64) {
    for listener in listeners { line("{listener=\"~\"} ~\n", [listener.name, decimal(value(listener))]) }
  }
}
