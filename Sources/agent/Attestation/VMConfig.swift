/// vm_config: the JSON text in `.sys-config.json` with which the host describes the virtual machine.
enum VMConfig {
  /// The bytes of `os_image_hash`; empty if it is absent, or if the host describes nothing. Throws for text that is not a JSON object, and
  /// for a hash that is not hex of at most 64 bytes.
  static func osImageHash(_ text: [UInt8]) throws(AgentError) -> [UInt8] {
    let object = JSONObject(ifAny: text)
    let hash = object.hex("os_image_hash") ?? []
    if hash.count > Limits.imageHash { object.fail("os_image_hash", "is longer than 64 bytes") }
    do throws(AgentError) {
      try object.finish()
    } catch {
      throw AgentError(.failed, bytes("vm_config: ") + error.text)  // the host's fault, not the caller's
    }
    return hash
  }
}
