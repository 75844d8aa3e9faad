import CSystem

/// What the build put into the program.
enum Build {
  /// The abbreviated commit, or `unknown` outside a checkout.
  static var commit: [UInt8] { Arguments.text(sys_commit()) }

  /// A line for each library, with its version.
  static var libraries: [UInt8] { Arguments.text(sys_libraries()) }
}
