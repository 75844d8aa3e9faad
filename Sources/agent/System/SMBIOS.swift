/// What the firmware says of the machine (SMBIOS, in sysfs); empty where it says nothing.
enum SMBIOS {
  static var vendor: [UInt8] { read("/sys/class/dmi/id/sys_vendor") }
  static var product: [UInt8] { read("/sys/class/dmi/id/product_name") }

  private static func read(_ path: StaticString) -> [UInt8] {
    guard let text = try? KernelFile.read(bytes(path), Limits.machineName) else { return [] }
    return Array(text.prefix { $0 != 0x0a })
  }
}
