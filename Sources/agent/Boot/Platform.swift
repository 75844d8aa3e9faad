/// The kinds of machine that evidence tells apart.
enum Platform {
  case tdx, gcpTDX

  /// `productName` is the DMI's (`/sys/class/dmi/id/product_name`), with its line end; empty if there is none.
  init(productName: [UInt8]) {
    self = productName.filter({ $0 != 0x0a }).matches("Google Compute Engine") ? .gcpTDX : .tdx
  }

  /// Whether a name is one of those that release 0.6 has, of which this agent starts on its own two.
  static func isKnown(_ name: [UInt8]) -> Bool {
    let names: [StaticString] = [
      "dstack-tdx", "dstack-gcp-tdx", "dstack-amd-sev-snp", "dstack-nitro-enclave", "dstack-aws-nitro-tpm",
    ]
    for known in names where name.matches(known) { return true }
    return false
  }

  /// As app-compose names it.
  var name: StaticString {
    switch self {
    case .tdx: "dstack-tdx"
    case .gcpTDX: "dstack-gcp-tdx"
    }
  }
}
