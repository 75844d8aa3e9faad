import CSystem

/// Environment variables. Only those of systemd's protocols mean anything to the agent.
enum Environment {
  /// Removes a variable, so that children do not inherit it, and returns its value. Nil if there is none.
  static func take(_ name: StaticString) -> [UInt8]? { sys_take_variable(name.utf8Start).map(Arguments.text) }
}
