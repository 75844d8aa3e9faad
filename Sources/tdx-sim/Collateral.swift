/// What a verifier needs besides the quote, as JSON in the shape of dcap-qvl's `QuoteCollateralV3`: text fields as they are, byte
/// fields in lower-case hex. Everything in it is "UpToDate" for the SVNs in the PCK certificate and the quotes, which are zeros.
extension Pki {
  private static let issued = "\"issueDate\":\"2020-01-01T00:00:00Z\",\"nextUpdate\":\"2099-01-01T00:00:00Z\""
  private static let status = "\"tcbDate\":\"2020-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\""

  /// TCB info, version 3.
  private var tcbInfo: String {
    let svns = "[" + Array(repeating: "{\"svn\":0}", count: 16).joined(separator: ",") + "]"
    func zeros(_ count: Int) -> String { "\"" + [UInt8](zeros: count).hex + "\"" }
    return "{\"id\":\"TDX\",\"version\":3,\(Pki.issued),\"fmspc\":\(zeros(6)),\"pceId\":\(zeros(2)),\"tcbType\":0,"
      + "\"tcbEvaluationDataNumber\":1,\"tdxModule\":{\"mrsigner\":\(zeros(48)),\"attributes\":\(zeros(8)),"
      + "\"attributesMask\":\(zeros(8))},\"tcbLevels\":[{\"tcb\":{\"sgxtcbcomponents\":\(svns),\"pcesvn\":0,"
      + "\"tdxtcbcomponents\":\(svns)},\(Pki.status)}]}"
  }

  /// QE identity, version 2.
  private var qeIdentity: String {
    func zeros(_ count: Int) -> String { "\"" + [UInt8](zeros: count).hex + "\"" }
    return "{\"id\":\"TD_QE\",\"version\":2,\(Pki.issued),\"tcbEvaluationDataNumber\":1,\"miscselect\":\(zeros(4)),"
      + "\"miscselectMask\":\(zeros(4)),\"attributes\":\(zeros(16)),\"attributesMask\":\(zeros(16)),"
      + "\"mrsigner\":\"\(QuoteSigner.qeSigner.hex)\",\"isvprodid\":1,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":1},\(Pki.status)}]}"
  }

  /// The text of `collateral.json`.
  func collateral() throws -> String {
    func quoted(_ text: String) -> String {
      var out = "\""
      for c in text {
        switch c {
        case "\"": out += "\\\""
        case "\n": out += "\\n"
        default: out.append(c)
        }
      }
      return out + "\""
    }
    let fields = [
      ("pck_crl_issuer_chain", try platformChain()),
      ("root_ca_crl", try revocationList(rootName, root).hex),
      ("pck_crl", try revocationList(platformName, platformCA).hex),
      ("tcb_info_issuer_chain", try signerChain("tdx-sim development TCB Signing", tcbSigner)),
      ("tcb_info", tcbInfo),
      ("tcb_info_signature", try tcbSigner.sign(Array(tcbInfo.utf8)).hex),
      ("qe_identity_issuer_chain", try signerChain("tdx-sim development QE Identity Signing", qeSigner)),
      ("qe_identity", qeIdentity),
      ("qe_identity_signature", try qeSigner.sign(Array(qeIdentity.utf8)).hex),
    ]
    return "{\n" + fields.map { "  \"\($0)\": \(quoted($1))" }.joined(separator: ",\n") + "\n}\n"
  }
}
