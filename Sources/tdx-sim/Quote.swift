/// Turns TDREPORTs into version 4 quotes, as the platform's quoting enclave does (Intel TDX DCAP quote format, ECDSA P-256).
struct QuoteSigner {
  /// MRSIGNER of the simulated quoting enclave, which the QE identity names.
  static let qeSigner = [UInt8](repeating: 0x44, count: 32)
  private static let qeVendor: [UInt8] = [
    0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07,
  ]

  private let attestationKey: SigningKey
  /// What follows the signature in every quote of this attestation key, made once.
  private let certification: [UInt8]

  init(_ pki: Pki) throws {
    attestationKey = try SigningKey(seed: pki.seed, label: "attestation")
    let authData = [UInt8](zeros: 32)
    var qeReport = [UInt8](zeros: 128)  // CPUSVN, MISCSELECT, reserved, ATTRIBUTES, MRENCLAVE, reserved
    qeReport += QuoteSigner.qeSigner + [UInt8](zeros: 96)
    qeReport += .le(UInt16(1)) + .le(UInt16(1)) + [UInt8](zeros: 60)  // ISVPRODID, ISVSVN
    qeReport += Hash.sha256(attestationKey.publicKey + authData) + [UInt8](zeros: 32)
    let chain = Array(try pki.pckChain().utf8)
    var data = qeReport + (try pki.pck.sign(qeReport))
    data += .le(UInt16(authData.count)) + authData
    data += .le(UInt16(5)) + .le(UInt32(chain.count)) + chain
    certification = attestationKey.publicKey + .le(UInt16(6)) + .le(UInt32(data.count)) + data
  }

  /// `report` is a TDREPORT of 1024 bytes, already checked.
  func quote(_ report: [UInt8]) throws -> [UInt8] {
    var signed: [UInt8] = .le(UInt16(4)) + .le(UInt16(2)) + .le(UInt32(0x81)) + .le(UInt16(1)) + .le(UInt16(0))
    signed += QuoteSigner.qeVendor + [UInt8](zeros: 20)
    signed += report[264..<384]  // TEE_TCB_SVN, MRSEAM, MRSIGNERSEAM, SEAM attributes
    signed += report[512..<912]  // ATTRIBUTES, XFAM, MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG, RTMR0–3
    signed += report[128..<192]  // REPORTDATA
    let signature = try attestationKey.sign(signed) + certification
    return signed + .le(UInt32(signature.count)) + signature
  }
}
