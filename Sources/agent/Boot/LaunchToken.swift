/// A secret that the app's owner gives to the host that may start the app (app-compose's `launch_token_hash`).
enum LaunchToken {
  /// The least size in bytes. The hash is public, so a short token could be guessed.
  static let minimum = 32

  /// Throws `.invalid` unless `dstack.launch_token` of the user configuration has the hash that app-compose names. `userConfig`
  /// is nil if the host gave none.
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
