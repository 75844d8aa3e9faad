/// What the firmware says about the machine (SMBIOS, in sysfs), read once; empty if it says nothing.
enum SMBIOS {
  // not inlined: otherwise each use would have code to check whether they have been read
  static var vendor: [UInt8] { @inline(never) get { readVendor } }
  static var product: [UInt8] { @inline(never) get { readProduct } }

  private static let readVendor = read("/sys/class/dmi/id/sys_vendor")
  private static let readProduct = read("/sys/class/dmi/id/product_name")

  private static func read(_ path: StaticString) -> [UInt8] {
    guard let text = try? KernelFile.read(bytes(path), Limits.machineName) else { return [] }
    return Array(text.prefix { $0 != 0x0a })
  }
}
