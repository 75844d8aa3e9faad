/// vm_config: the JSON text in `.sys-config.json` with which the host describes the virtual machine.
enum VMConfig {
  /// The bytes of `os_image_hash`, empty if it is absent. Throws for text that is not a JSON object, and for a hash that is not hex
  /// of at most 64 bytes.
  static func osImageHash(_ text: [UInt8]) throws(AgentError) -> [UInt8] {
    var hash: [UInt8]? = []
    var reader = JSONReader(text)
    do throws(AgentError) {
      try reader.document { (reader, name) throws(AgentError) in
        guard name.matches("os_image_hash") else { return try reader.skip() }
        hash = Hex.decode(try reader.string())
      }
    } catch {
      throw AgentError(.failed, bytes("vm_config: ") + error.text)  // the host's fault, not the caller's
    }
    guard let hash, hash.count <= Limits.imageHash else { throw .failed("vm_config: os_image_hash is not a hash") }
    return hash
  }
}
