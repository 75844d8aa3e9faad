/// The kinds of machine that this agent tells apart.
enum Platform {
  case tdx, gcpTDX

  /// `productName` is the SMBIOS product name (`/sys/class/dmi/id/product_name`), with or without a line end; empty if there is none.
  init(productName: [UInt8]) {
    self = productName.filter({ $0 != 0x0a }).matches("Google Compute Engine") ? .gcpTDX : .tdx
  }

  /// Whether release 0.6 knows a platform of this name. This agent runs only on the first two.
  static func isKnown(_ name: [UInt8]) -> Bool {
    let names: [StaticString] = [
      "dstack-tdx", "dstack-gcp-tdx", "dstack-amd-sev-snp", "dstack-nitro-enclave", "dstack-aws-nitro-tpm",
    ]
    for known in names where name.matches(known) { return true }
    return false
  }

  /// The name in app-compose.
  var name: StaticString {
    switch self {
    case .tdx: "dstack-tdx"
    case .gcpTDX: "dstack-gcp-tdx"
    }
  }
}
