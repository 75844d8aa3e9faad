/// The label of a FAT file system, as its boot sector has it (Microsoft FAT specification, 2005, §3.2 and §3.3).
enum FATLabel {
  /// Bytes of a boot sector.
  static let sectorSize = 512

  /// Without the spaces at its end; nil for a sector that begins no FAT file system.
  static func read(_ sector: [UInt8]) -> [UInt8]? {
    guard sector.count == sectorSize, sector[510] == 0x55, sector[511] == 0xaa else { return nil }
    // the type's name decides nothing but where the label is: FAT12 and FAT16 have it before FAT32's fields
    if sector[82...].hasPrefix("FAT32") { return label(sector[71..<82]) }
    if sector[54...].hasPrefix("FAT") { return label(sector[43..<54]) }
    return nil
  }

  private static func label(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var label = Array(field)
    while label.last == 0x20 { label.removeLast() }
    return label
  }
}
