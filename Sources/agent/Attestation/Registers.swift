/// The measurements of a TD, 48 bytes each.
struct Registers {
  /// The TD as it was built.
  let mrtd: [UInt8]
  /// What the host declared when it made the TD; zeros if nothing.
  let configID: [UInt8]
  let owner: [UInt8]
  let ownerConfig: [UInt8]
  /// RTMR 0 to 3.
  let rtmr0: [UInt8]
  let rtmr1: [UInt8]
  let rtmr2: [UInt8]
  let rtmr3: [UInt8]
}

extension Registers {
  /// The registers in a structure that has MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG and then, from `rtmrs`, the four RTMRs behind
  /// one another. Nil if it is too short.
  init?(_ data: [UInt8], mrtd: Int, rtmrs: Int) {
    guard data.count >= rtmrs + 4 * RTMR.size else { return nil }
    func register(_ offset: Int, _ index: Int) -> [UInt8] {
      Array(data[(offset + index * RTMR.size)..<(offset + (index + 1) * RTMR.size)])
    }
    self.mrtd = register(mrtd, 0)
    configID = register(mrtd, 1)
    owner = register(mrtd, 2)
    ownerConfig = register(mrtd, 3)
    rtmr0 = register(rtmrs, 0)
    rtmr1 = register(rtmrs, 1)
    rtmr2 = register(rtmrs, 2)
    rtmr3 = register(rtmrs, 3)
  }
}
