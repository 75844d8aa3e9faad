/// The checksum of ext4: CRC-32C (RFC 3720, appendix B.4) without its last step, the inversion.
enum CRC32C {
  static func sum(_ data: ArraySlice<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in data {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0x82f6_3b78) }
    }
    return sum
  }
}
