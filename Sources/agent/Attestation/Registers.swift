/// The measurements of a TD, 48 bytes each.
struct Registers {
  /// How many there are.
  static let count = 8

  /// One after another, in the order below.
  let all: [UInt8]

  init(all: [UInt8]) { self.all = all }

  /// The TD as it was built.
  var mrtd: [UInt8] { register(0) }
  /// What the host declared when it made the TD; zeros if nothing.
  var configID: [UInt8] { register(1) }
  var owner: [UInt8] { register(2) }
  var ownerConfig: [UInt8] { register(3) }
  /// RTMR 0 to 3.
  var rtmr0: [UInt8] { register(4) }
  var rtmr1: [UInt8] { register(5) }
  var rtmr2: [UInt8] { register(6) }
  var rtmr3: [UInt8] { register(7) }

  @inline(never)
  private func register(_ index: Int) -> [UInt8] { Array(all[(index * RTMR.size)..<((index + 1) * RTMR.size)]) }

  /// From a structure with MRTD, MRCONFIGID, MROWNER and MROWNERCONFIG at `mrtd`, and the four RTMRs at `rtmrs`. Nil if it is too short.
  init?(_ data: [UInt8], mrtd: Int, rtmrs: Int) {
    guard data.count >= rtmrs + 4 * RTMR.size else { return nil }
    let half = Self.count / 2 * RTMR.size
    all = Array(data[mrtd..<(mrtd + half)]) + Array(data[rtmrs..<(rtmrs + half)])
  }
}
