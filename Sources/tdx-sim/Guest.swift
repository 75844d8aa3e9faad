/// The measurement registers of the simulated TD, which live as long as the simulator.
final class Guest {
  let mrtd = Hash.sha384(Array("tdx-sim MRTD".utf8))
  let mrConfigID: [UInt8]
  let mrOwner = [UInt8](zeros: 48)
  let mrOwnerConfig = [UInt8](zeros: 48)
  private(set) var rtmrs: [[UInt8]]

  /// RTMR0–2 start as the replay of the boot log, RTMR3 as zeros.
  init(mrConfigID: [UInt8], bootRegisters: [[UInt8]]) {
    self.mrConfigID = mrConfigID
    rtmrs = bootRegisters + [[UInt8](zeros: 48)]
  }

  /// TDG.MR.RTMR.EXTEND with 48 bytes.
  func extend(_ index: Int, _ digest: [UInt8]) {
    rtmrs[index] = Hash.sha384(rtmrs[index] + digest)
  }

  /// TDG.MR.REPORT with 64 bytes of report data.
  func report(_ reportData: [UInt8]) -> [UInt8] {
    var info: [UInt8] = .le(UInt64(0x1000_0000)) + .le(UInt64(0xE702E7))  // ATTRIBUTES: SEPT_VE_DISABLE only; XFAM
    info += mrtd + mrConfigID + mrOwner + mrOwnerConfig
    for register in rtmrs { info += register }
    return TdReport.make(reportData: reportData, info: info + [UInt8](zeros: 512 - info.count))
  }
}
