/// vm_config: the JSON text in `.sys-config.json` with which the host describes the virtual machine.
enum VMConfig {
  /// The bytes of `os_image_hash`, empty if it is absent. Throws for text that is not a JSON object, and for a hash that is not hex
  /// of at most 64 bytes.
  static func osImageHash(_ text: [UInt8]) throws(AgentError) -> [UInt8] {
    var hash: [UInt8] = []
    var reader = JSONReader(text)
    try reader.document { (reader, name) throws(AgentError) in
      guard name.matches("os_image_hash") else { return try reader.skip() }
      guard let value = Hex.decode(try reader.string()), value.count <= Limits.imageHash else {
        throw .invalid("os_image_hash of vm_config is not a hash")
      }
      hash = value
    }
    return hash
  }
}
