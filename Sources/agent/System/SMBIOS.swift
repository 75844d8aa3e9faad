/// What the firmware says about the machine (SMBIOS, in sysfs), read once; empty if it says nothing.
enum SMBIOS {
  static let vendor = read("/sys/class/dmi/id/sys_vendor")
  static let product = read("/sys/class/dmi/id/product_name")

  private static func read(_ path: StaticString) -> [UInt8] {
    guard let text = try? KernelFile.read(bytes(path), Limits.machineName) else { return [] }
    return Array(text.prefix { $0 != 0x0a })
  }
}
