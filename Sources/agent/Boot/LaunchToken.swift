/// A secret that the owner of the app gives to the host they trust to start it.
enum LaunchToken {
  /// Bytes, at least: the hash is public, so a short token could be found by trying.
  static let minimum = 32

  /// Throws unless `dstack.launch_token` of a user configuration is the token of which app-compose has the hash. `userConfig` is nil
  /// if the host gave none.
  static func check(_ userConfig: [UInt8]?, hash: [UInt8]) throws(AgentError) {
    guard let userConfig else { throw .invalid("the app needs a launch token, and there is no .user-config") }
    let token = try AgentError.during(".user-config", try read(userConfig))
    guard token.count >= minimum else { throw .invalid("the launch token is shorter than 32 bytes") }
    guard Hash.sha256(bytes("dstack-launch-token/v1:") + token) == hash else {
      throw .invalid("the launch token is not the one that the app needs")
    }
  }

  private static func read(_ userConfig: [UInt8]) throws(AgentError) -> [UInt8] {
    let object = JSONObject(userConfig)
    let token = object.object("dstack")?.text("launch_token")
    try object.finish()
    guard let token else { throw .invalid("has no dstack.launch_token") }
    return token
  }
}
