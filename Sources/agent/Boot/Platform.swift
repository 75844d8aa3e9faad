/// The kinds of machine that evidence tells apart.
enum Platform {
  case tdx, gcpTDX

  /// `productName` is the DMI's (`/sys/class/dmi/id/product_name`), with its line end; empty if there is none.
  init(productName: [UInt8]) {
    self = productName.filter({ $0 != 0x0a }).matches("Google Compute Engine") ? .gcpTDX : .tdx
  }

  /// As app-compose names it.
  var name: StaticString {
    switch self {
    case .tdx: "dstack-tdx"
    case .gcpTDX: "dstack-gcp-tdx"
    }
  }
}
