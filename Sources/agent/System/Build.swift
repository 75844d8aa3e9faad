import CSystem

/// What the build put in.
enum Build {
  /// The abbreviated commit, or `unknown` outside a checkout.
  static var commit: [UInt8] { text(sys_commit()) }

  /// A line for each library, with its version.
  static var libraries: [UInt8] { text(sys_libraries()) }

  private static func text(_ string: UnsafePointer<CChar>) -> [UInt8] {
    (0..<strlen(string)).map { UInt8(bitPattern: string[$0]) }
  }
}
