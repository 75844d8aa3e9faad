/// The sponge of FIPS 202 §4 over Keccak-f[1600]. SHA-3 and the original Keccak, which Ethereum uses, differ only in the padding.
enum Keccak {
  /// Digest sizes in bytes.
  enum Size: Int {
    case bits256 = 32
    case bits384 = 48
    case bits512 = 64
  }

  /// The padding of the original submission.
  static func keccak(_ data: [UInt8], _ size: Size) -> [UInt8] { sponge(data, size: size.rawValue, padding: 0x01) }

  /// The padding of FIPS 202 §6.1.
  static func sha3(_ data: [UInt8], _ size: Size) -> [UInt8] { sponge(data, size: size.rawValue, padding: 0x06) }

  private typealias State = [25 of UInt64]

  /// A digest of `size` bytes. The capacity is twice that, so the first block squeezed out holds it.
  private static func sponge(_ data: [UInt8], size: Int, padding: UInt8) -> [UInt8] {
    let rate = 200 - 2 * size
    var state = State(repeating: 0)
    var offset = 0
    for byte in data {
      absorb(byte, at: offset, &state)
      offset += 1
      if offset == rate {
        permute(&state)
        offset = 0
      }
    }
    absorb(padding, at: offset, &state)
    absorb(0x80, at: rate - 1, &state)
    permute(&state)
    return (0..<size).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64($0 % 8 * 8)) }
  }

  private static func absorb(_ byte: UInt8, at offset: Int, _ state: inout State) {
    state[offset / 8] ^= UInt64(byte) << UInt64(offset % 8 * 8)
  }

  /// FIPS 202 §3.3: 24 rounds of theta, rho and pi, chi, iota.
  private static func permute(_ state: inout State) {
    for round in 0..<24 {
      var (a, b, c, d, e) = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
      for row in stride(from: 0, to: 25, by: 5) {
        a ^= state[row]
        b ^= state[row + 1]
        c ^= state[row + 2]
        d ^= state[row + 3]
        e ^= state[row + 4]
      }
      for row in stride(from: 0, to: 25, by: 5) {
        state[row] ^= e ^ rotated(b, 1)
        state[row + 1] ^= a ^ rotated(c, 1)
        state[row + 2] ^= b ^ rotated(d, 1)
        state[row + 3] ^= c ^ rotated(e, 1)
        state[row + 4] ^= d ^ rotated(a, 1)
      }
      var moving = state[1]
      var offset: UInt64 = 0
      for step in 0..<24 {
        let lane = lanes[step]
        let next = state[lane]
        // the offsets of rho are the triangular numbers, in the order in which pi visits the lanes
        offset &+= UInt64(truncatingIfNeeded: step) &+ 1
        state[lane] = rotated(moving, offset)
        moving = next
      }
      for row in stride(from: 0, to: 25, by: 5) {
        let (a, b, c, d, e) = (state[row], state[row + 1], state[row + 2], state[row + 3], state[row + 4])
        state[row] = a ^ (~b & c)
        state[row + 1] = b ^ (~c & d)
        state[row + 2] = c ^ (~d & e)
        state[row + 3] = d ^ (~e & a)
        state[row + 4] = e ^ (~a & b)
      }
      state[0] ^= roundConstants[round]
    }
  }

  /// Rotated by `by` mod 64.
  private static func rotated(_ lane: UInt64, _ by: UInt64) -> UInt64 { lane &<< by | lane &>> (0 &- by) }

  /// The lanes x + 5y in the order of pi, from (1, 0) on.
  private static let lanes: [24 of Int] = [
    10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
  ]

  private static let roundConstants: [24 of UInt64] = [
    0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000,
    0x0000_0000_0000_808b, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
    0x0000_0000_0000_008a, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
    0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
    0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800a, 0x8000_0000_8000_000a,
    0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
  ]
}
