/// TDREPORT_STRUCT of 1024 bytes (Intel TDX module ABI): REPORTMACSTRUCT 256, TEE_TCB_INFO 239, reserved 17, TDINFO 512.
/// The MAC is a development one, a hash under a public key: it finds mistakes, not attackers.
enum TdReport {
  static let size = 1024
  private static let macKey = Array("tdx-sim development MAC key".utf8)

  /// `reportData` is 64 bytes, `info` a TDINFO of 512.
  static func make(reportData: [UInt8], info: [UInt8]) -> [UInt8] {
    var tcb: [UInt8] = .le(UInt64(0x301FF))  // VALID: which of the following fields hold a value
    tcb += [UInt8](zeros: 239 - tcb.count)
    var mac: [UInt8] = [0x81, 0, 0, 0] + [UInt8](zeros: 28)  // type TDX; CPUSVN
    mac += Hash.sha384(tcb) + Hash.sha384(info) + reportData + [UInt8](zeros: 32)
    mac += Hash.sha384(macKey + mac)[..<32]
    return mac + tcb + [UInt8](zeros: 17) + info
  }

  /// Whether the hashes and the MAC fit the content.
  static func isValid(_ report: [UInt8]) -> Bool {
    report.count == size && report[0] == 0x81
      && Array(report[224..<256]) == Array(Hash.sha384(macKey + report[..<224])[..<32])
      && Array(report[32..<80]) == Hash.sha384(Array(report[256..<495]))
      && Array(report[80..<128]) == Hash.sha384(Array(report[512...]))
  }
}
