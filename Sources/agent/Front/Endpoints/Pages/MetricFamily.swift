extension ByteBuffer {
  /// Begins a family of the metrics.
  @inline(never)
  func family(_ name: StaticString, _ help: StaticString, type: StaticString = "gauge") -> MetricFamily {
    MetricFamily(self, name, bytes(help), type)
  }

  func family(_ name: StaticString, _ help: [UInt8]) -> MetricFamily { MetricFamily(self, name, help, "gauge") }
}

/// A family of the metrics; what comes behind its name on a line. Its head is written when it is made.
struct MetricFamily {
  private let page: ByteBuffer
  private let name: StaticString

  @inline(never)
  init(_ page: ByteBuffer, _ name: StaticString, _ help: [UInt8], _ type: StaticString) {
    (self.page, self.name) = (page, name)
    page.fill("# HELP ~ ~\n# TYPE ~ ~\n", [bytes(name), help, bytes(name), bytes(type)], for: .label)
  }

  @inline(never)
  func line(_ template: StaticString, _ values: [[UInt8]]) {
    page.append(name)
    page.fill(template, values, for: .label)
  }

  /// The same with one value.
  @inline(never)
  func line(_ template: StaticString, _ value: [UInt8]) { line(template, [value]) }

  @inline(never)
  func line(_ number: UInt64) { line(" ~\n", decimal(number)) }

  @inline(never)
  func line(hundredths number: UInt32) { line(" ~\n", Metrics.fraction(UInt64(number), 2)) }

  @inline(never)
  func lines(_ disks: [Disk], _ value: (Disk) -> [UInt8]) {
    for disk in disks { line("{name=\"~\",mount_point=\"~\"} ~\n", [disk.name, disk.mountPoint, value(disk)]) }
  }

  @inline(never)
  func lines(_ listeners: [ListenerCounts], _ value: (ListenerCounts) -> UInt64) {
    for listener in listeners { line("{listener=\"~\"} ~\n", [listener.name, decimal(value(listener))]) }
  }
}
