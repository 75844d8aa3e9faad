/// TDREPORT_STRUCT (Intel TDX module ABI): REPORTMACSTRUCT of 256 bytes, TEE_TCB_INFO of 239 and padding of 17, TDINFO of 512.
enum TDReport {
  private static let infoOffset = 512

  /// The registers in a report of 1024 bytes.
  static func registers(_ report: [UInt8]) throws(AgentError) -> Registers {
    guard report.count == TDXDevice.reportSize,
      let registers = Registers(report, mrtd: infoOffset + 16, rtmrs: infoOffset + 208)
    else {
      throw .failed("the TD report is malformed")
    }
    return registers
  }
}
