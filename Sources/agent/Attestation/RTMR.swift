/// The arithmetic of a TD's run-time measurement registers (Intel TDX module ABI, TDG.MR.RTMR.EXTEND).
enum RTMR {
  /// Bytes of a register and of a digest.
  static let size = 48
  /// The initial value of every register.
  static var zero: [UInt8] { [UInt8](repeating: 0, count: size) }

  /// SHA-384(register ‖ digest).
  static func extend(_ register: [UInt8], with digest: [UInt8]) -> [UInt8] {
    Hash.sha384(register + digest)
  }
}
