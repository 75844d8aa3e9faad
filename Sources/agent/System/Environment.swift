import CSystem

/// Environment variables. The agent uses only those of systemd's protocols.
enum Environment {
  /// Removes a variable, so that children do not inherit it, and returns its value. Nil if there is none.
  static func take(_ name: StaticString) -> [UInt8]? { sys_take_variable(name.utf8Start).map(Arguments.text) }
}
