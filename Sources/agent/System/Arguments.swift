import CSystem

/// What the program was started with.
enum Arguments {
  /// Whether the kernel started this program as process 1, under a path that ends in `/init`. Its arguments are then words of the
  /// kernel's command line that the kernel did not know.
  static func isInit(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Bool {
    guard Process.id == 1, count > 0, let name = arguments[0] else { return false }
    let length = strlen(name)
    return length >= 5 && strcmp(name + (length - 5), "/init") == 0
  }

  /// The arguments after the program's name.
  static func list(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> [[UInt8]] {
    var list: [[UInt8]] = []
    for index in 0..<Int(count) where index > 0 {
      guard let argument = arguments[index] else { break }
      list.append(text(argument))
    }
    return list
  }

  /// The bytes of a C string.
  @inline(never)
  static func text(_ string: UnsafePointer<CChar>) -> [UInt8] {
    let count = strlen(string)
    return string.withMemoryRebound(to: UInt8.self, capacity: count) { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }

  /// The words of a literal, each followed by a space, as arguments to replace a process with: each space becomes a NUL.
  @inline(never)
  static func listed(_ words: StaticString) -> [UInt8] { bytes(words).map { $0 == 0x20 ? 0 : $0 } }

  /// Writes a text to a descriptor, all of it.
  static func print(_ text: [UInt8], to descriptor: Int32) { _ = IO.writeAll(descriptor, text) }
}
