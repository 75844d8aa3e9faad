@testable import agent

/// The text of an app keys file, member by member, each value as JSON.
struct AppKeyFile {
  var members: [(name: String, value: String)] = [
    ("disk_crypt_key", "\"" + String(repeating: "11", count: 32) + "\""),
    ("env_crypt_key", "\"" + String(repeating: "22", count: 32) + "\""),
    ("k256_key", "\"" + String(repeating: "33", count: 32) + "\""),
    ("k256_signature", "\"\""),
    ("gateway_app_id", "\"gateway\""),
    ("ca_cert", quoted(CertificateFiles.ca)),
    ("key_provider", "{\"None\":{\"key\":" + quoted(KeyFiles.pkcs8) + "}}"),
  ]

  subscript(name: String) -> String? {
    get { members.first { $0.name == name }?.value }
    set {
      members.removeAll { $0.name == name }
      if let newValue { members.append((name, newValue)) }
    }
  }

  var text: String { "{" + members.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",\n ") + "}\n" }

  func parsed() throws -> AppKeys { try AppKeys.parse(try Secret(copying: Array(text.utf8))) }

  func parsed(k256: String, signature: [UInt8]) throws -> AppKeys {
    var file = self
    file["k256_key"] = "\"\(k256)\""
    file["k256_signature"] = "\"" + String(decoding: Hex.encode(signature), as: UTF8.self) + "\""
    return try file.parsed()
  }

  /// The keys of a KMS, with the test's CA as the temporary one.
  static func ofKMS(_ url: String) -> AppKeyFile {
    var file = AppKeyFile()
    file["ca_cert"] = "\"\""
    let temporary = #""tmp_ca_key":\#(quoted(KeyFiles.pkcs8)),"tmp_ca_cert":\#(quoted(CertificateFiles.ca))"#
    file["key_provider"] = #"{"Kms":{"url":"\#(url)","pubkey":"",\#(temporary)}}"#
    return file
  }

  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }
}
