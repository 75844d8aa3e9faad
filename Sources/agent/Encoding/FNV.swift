/// FNV-1a: a hash that spreads well and gives no protection against an attacker.
enum FNV {
  /// 32 bits.
  static func hash(_ data: ArraySlice<UInt8>) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for byte in data { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash
  }

  /// 64 bits.
  static func wide(_ data: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in data { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
