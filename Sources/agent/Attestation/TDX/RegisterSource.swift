/// Reads the current registers, in microseconds and without a quote: from the attributes of Linux 6.16, else from a TD report.
struct RegisterSource {
  let paths: TDXPaths

  /// All registers, now.
  func read() throws(AgentError) -> Registers {
    if !Files.exists(paths.measurements) {
      let nothing = [UInt8](repeating: 0, count: VersionedAttestation.reportDataSize)
      return try TDReport.registers(try TDXDevice(path: paths.device).report(nothing))
    }
    let names: [StaticString] = [
      "mrtd:sha384", "mrconfigid", "mrowner", "mrownerconfig", "rtmr0:sha384", "rtmr1:sha384", "rtmr2:sha384", "rtmr3:sha384",
    ]
    var all: [UInt8] = []
    for name in names { all += try attribute(name) }
    return Registers(all: all)
  }

  private func attribute(_ name: StaticString) throws(AgentError) -> [UInt8] {
    let path = paths.measurements + "/" + name
    let value = try Errno.explain("cannot read the measurement registers") { () throws(Errno) in
      try Errno.retrying { () throws(Errno) in try KernelFile.read(path, RTMR.size + 1) }
    }
    guard value.count == RTMR.size else { throw .failed("a measurement register is not 48 bytes") }
    return value
  }
}
