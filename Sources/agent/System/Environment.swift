import CSystem

/// Environment variables. Only those of systemd's protocols mean anything to the agent.
enum Environment {
  /// The value of a variable, which children do not inherit from now on. Nil if there is none.
  static func take(_ name: StaticString) -> [UInt8]? { sys_take_variable(name.utf8Start).map(Arguments.text) }
}
