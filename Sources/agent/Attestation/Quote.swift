/// A TD quote of version 4 (Intel TDX DCAP quote generation library, appendix A.3): header of 48 bytes, TD report body of 584, then
/// the signature.
enum Quote {
  private static let bodyOffset = 48
  private static let signedSize = 48 + 584

  /// The registers that the quote vouches for.
  static func registers(_ quote: [UInt8]) throws(AgentError) -> Registers {
    try checkHeader(quote)
    guard let registers = Registers(quote, mrtd: bodyOffset + 136, rtmrs: bodyOffset + 328) else { throw malformed }
    return registers
  }

  /// Its 64 bytes of report data.
  static func reportData(_ quote: [UInt8]) throws(AgentError) -> [UInt8] {
    try checkHeader(quote)
    return Array(quote[(bodyOffset + 520)..<signedSize])
  }

  /// Version 4, an ECDSA P-256 attestation key, TEE type TDX. Verifiers check the rest.
  private static func checkHeader(_ quote: [UInt8]) throws(AgentError) {
    guard quote.count > signedSize else { throw malformed }
    var reader = LittleEndianReader(quote)
    guard reader.uint16() == 4, reader.uint16() == 2, reader.uint32() == 0x81 else { throw malformed }
  }

  private static var malformed: AgentError { .failed("the quote is malformed") }
}
