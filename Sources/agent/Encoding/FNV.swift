/// FNV-1a, 32 bits: a hash that spreads well and gives no protection against an attacker.
enum FNV {
  static func hash(_ data: ArraySlice<UInt8>) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for byte in data { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash
  }
}
