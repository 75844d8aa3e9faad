extension Limits {
  // MARK: Evidence
  /// Name and payload of an event that an application emits.
  static let eventName = 128
  static let eventPayload = 64 * 1024
  /// The runtime event log. Whatever it is filled with, the attestation made of it stays within `attestation`.
  static let runtimeLog = 1536 * 1024
  /// The firmware's event log area; 64 KiB is usual.
  static let ccel = 256 * 1024
  /// Hash algorithms that it declares.
  static let ccelAlgorithms = 16
  /// Quotes, and answers of the quote generation service.
  static let quote = 16 * 1024
  /// A versioned attestation.
  static let attestation = 10 * 1024 * 1024
  /// vm_config's os_image_hash.
  static let imageHash = 64
  /// /etc/tdx-attest.conf.
  static let attestConfig = 4 * 1024
  /// Between two tries while the TDX module or the report interface is busy.
  static let busyPause: Int64 = 20
  /// Tries of a register read or an extend that finds the TDX module busy.
  static let busyTries = 50
  /// Names of stale report entries looked at in one go.
  static let staleEntries = 4 * 1024
}
