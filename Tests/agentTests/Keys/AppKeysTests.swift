import Foundation
import Testing

@testable import agent

struct AppKeysTests {
  @Test func members() throws {
    let keys = try AppKeyFile().parsed()
    #expect(revealed(keys.diskCryptKey) == [UInt8](repeating: 0x11, count: 32))
    #expect(revealed(keys.k256Key) == [UInt8](repeating: 0x33, count: 32))
    #expect(keys.k256Signature == [])
    #expect(keys.gatewayAppId == Array("gateway".utf8))
    #expect(keys.caCert == Array(CertificateFiles.ca.utf8))
    #expect(revealed(keys.provider.key) == Array(KeyFiles.pkcs8.utf8))
    guard case .none = keys.provider.kind else { Issue.record("another provider"); return }
    switch keys.envCryptKey {
    case .some(let key): #expect(revealed(key) == [UInt8](repeating: 0x22, count: 32))
    case .none: Issue.record("no env_crypt_key")
    }
  }

  @Test func providers() throws {
    let key = AppKeyFile.quoted(KeyFiles.sec1)
    var file = AppKeyFile()
    file["key_provider"] = #"{"Local":{"mr":"0aFf","key":\#(key)}}"#
    guard case .local(let mr) = try file.parsed().provider.kind else { Issue.record("not Local"); return }
    #expect(mr == [0x0a, 0xff])
    file["key_provider"] = #"{"Tpm":{"key":\#(key),"pubkey":"0102"}}"#
    guard case .tpm(let publicKey) = try file.parsed().provider.kind else { Issue.record("not Tpm"); return }
    #expect(publicKey == [1, 2])
    file["key_provider"] = #"{"Kms":{"url":"https://kms/prpc","pubkey":"0304","tmp_ca_key":\#(key),"tmp_ca_cert":"PEM"}}"#
    let keys = try file.parsed()
    guard case .kms(let url, let root, let temporary) = keys.provider.kind else { Issue.record("not Kms"); return }
    #expect(url == Array("https://kms/prpc".utf8))
    #expect(root == [3, 4])
    #expect(temporary == Array("PEM".utf8))
    #expect(revealed(keys.provider.key) == Array(KeyFiles.sec1.utf8))
  }

  /// Order, escapes, upper-case digits and members of other versions make no difference.
  @Test func tolerated() throws {
    var file = AppKeyFile()
    file.members.reverse()
    file["later"] = #"{"k256_key":[1,null,{"a":"\ud800"}]}"#
    file["k256_key"] = #""\u0061BcdEF"# + String(repeating: "00", count: 29) + "\""
    file["key_provider"] = #"{"None":{"later":true,"key":\#(AppKeyFile.quoted(KeyFiles.pkcs8))}}"#
    let keys = try file.parsed()
    #expect(revealed(keys.k256Key) == [0xab, 0xcd, 0xef] + [UInt8](repeating: 0, count: 29))
  }

  @Test(arguments: [nil, "\"\"", "null"])
  func withoutEnvKey(_ value: String?) throws {
    var file = AppKeyFile()
    file["env_crypt_key"] = value
    let hasKey = try file.parsed().envCryptKey != nil
    #expect(!hasKey)
  }

  @Test(arguments: ["disk_crypt_key", "k256_key", "k256_signature", "gateway_app_id", "ca_cert", "key_provider"])
  func missing(_ name: String) {
    var file = AppKeyFile()
    for value in [nil, "null"] {
      file[name] = value
      #expect(message(file.text) == "\(name): is missing")
    }
  }

  @Test(arguments: [
    "disk_crypt_key", "env_crypt_key", "k256_key", "k256_signature", "gateway_app_id", "ca_cert", "key_provider",
  ])
  func twice(_ name: String) {
    var file = AppKeyFile()
    file.members.append((name, file[name] ?? ""))
    #expect(message(file.text) == "\(name): is given twice")
  }

  @Test(arguments: ["disk_crypt_key", "env_crypt_key", "k256_key", "k256_signature", "gateway_app_id", "ca_cert"])
  func wrongType(_ name: String) {
    for value in ["1", "[]", "{}", "true"] {
      var file = AppKeyFile()
      file[name] = value
      #expect(message(file.text)?.hasPrefix("\(name): expected a JSON string") == true)
    }
  }

  @Test(arguments: ["disk_crypt_key", "env_crypt_key", "k256_key", "k256_signature"])
  func hex(_ name: String) {
    for (digits, problem) in [
      ("1", "is not hex"), ("zz", "is not hex"), (String(repeating: "1", count: 63), "is not hex"),
      ("11", "has a wrong length"), (String(repeating: "1", count: 62), "has a wrong length"),
      (String(repeating: "1", count: 66), "has a wrong length"), (String(repeating: "1", count: 132), "has a wrong length"),
    ] {
      var file = AppKeyFile()
      file[name] = "\"\(digits)\""
      let expected = name == "k256_key" && problem != "is not hex" && digits.count < 129 ? "is not a secp256k1 secret" : problem
      #expect(message(file.text) == "\(name): \(expected)", "\(digits)")
    }
    var file = AppKeyFile()
    file[name] = "\"0x\(String(repeating: "1", count: 64))\""
    #expect(message(file.text) == "\(name): \(name == "k256_signature" ? "has a wrong length" : "is not hex")")
  }

  @Test(arguments: [String(repeating: "0", count: 64), Secp256k1Tests.order, String(repeating: "f", count: 64)])
  func k256OutOfRange(_ digits: String) {
    var file = AppKeyFile()
    file["k256_key"] = "\"\(digits)\""
    #expect(message(file.text) == "k256_key: is not a secp256k1 secret")
  }

  @Test(arguments: [
    (#"{}"#, "names no provider"), (#"{"None":null}"#, "must be one of None, Local, Tpm and Kms"),
    (#"{"Other":{}}"#, "must be one of None, Local, Tpm and Kms"),
    (#"{"none":{"key":"x"}}"#, "must be one of None, Local, Tpm and Kms"), (#"{"None":{}}"#, "None: key: is missing"),
    (#"{"None":{"key":"x"},"Tpm":{}}"#, "has more than one member"),
    (#"{"None":{"key":"x","key":"x"}}"#, "None: key: is given twice"),
    (#"{"Local":{"key":"x"}}"#, "Local: mr: is missing"), (#"{"Local":{"key":"x","mr":"0"}}"#, "Local: mr: is not hex"),
    (#"{"Tpm":{"key":"x"}}"#, "Tpm: pubkey: is missing"), (#"{"Tpm":{"key":"x","pubkey":"x"}}"#, "Tpm: pubkey: is not hex"),
    (#"{"Kms":{"key":"x"}}"#, "Kms: tmp_ca_key: is missing"), (#"{"Kms":{"tmp_ca_key":"x"}}"#, "Kms: pubkey: is missing"),
    (#"{"Kms":{"tmp_ca_key":"x","pubkey":""}}"#, "Kms: url: is missing"),
    (#"{"Kms":{"tmp_ca_key":"x","pubkey":"","url":""}}"#, "Kms: tmp_ca_cert: is missing"),
  ])
  func badProvider(_ value: String, _ problem: String) {
    var file = AppKeyFile()
    file["key_provider"] = value
    #expect(message(file.text) == "key_provider: \(problem)")
  }

  @Test func longKey() throws {
    var file = AppKeyFile()
    file["key_provider"] = #"{"None":{"key":"\#(String(repeating: "x", count: Limits.keyPEM))"}}"#
    #expect(try file.parsed().provider.key.count == Limits.keyPEM)
    file["key_provider"] = #"{"None":{"key":"\#(String(repeating: "x", count: Limits.keyPEM + 1))"}}"#
    #expect(message(file.text) == "key_provider: None: key: is too long")
  }

  @Test(arguments: ["", "null", "[]", "{", "{}x", "{\"a\":1,}"])
  func notAnObject(_ text: String) { #expect(message(text) != nil) }

  /// No error repeats a value.
  @Test func valuesStayInside() {
    for name in AppKeyFile().members.map(\.name) {
      for value in ["\"SECRET\"", "\"SECRET", "{\"SECRET\":1}", "SECRET", "\"SECRET\\x\""] {
        var file = AppKeyFile()
        file[name] = value
        if let text = message(file.text) { #expect(!text.contains("SECRET")) }
      }
    }
  }

  @Test func load() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("keys").path
    let text = AppKeyFile().text
    let spaces = String(repeating: " ", count: Limits.appKeysFile - text.utf8.count)
    try Data((text + spaces).utf8).write(to: URL(fileURLWithPath: path))
    #expect(revealed(try AppKeys.load(Array(path.utf8)).k256Key) == [UInt8](repeating: 0x33, count: 32))
    try Data((text + spaces + " ").utf8).write(to: URL(fileURLWithPath: path))
    #expect(failure { _ = try AppKeys.load(Array(path.utf8)) } == "app keys file: is too large: \(path)")
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(failure { _ = try AppKeys.load(Array(path.utf8)) } == "app keys file: expected a JSON object at byte 0: \(path)")
    #expect(failure { _ = try AppKeys.load(Array(folder.path.utf8)) } == "app keys file: is not a regular file: \(folder.path)")
    #expect(
      failure { _ = try AppKeys.load(Array((path + "2").utf8)) } == "app keys file: cannot be opened: not found: \(path)2")
    #expect(mkfifo(path + "2", 0o600) == 0)
    #expect(failure { _ = try AppKeys.load(Array((path + "2").utf8)) } == "app keys file: is not a regular file: \(path)2")
  }

  private func message(_ text: String) -> String? {
    failure { _ = try AppKeys.parse(try Secret(copying: Array(text.utf8))) }
  }
}

/// The text of the error that `body` throws; nil if it throws none.
func failure(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return (error as? AgentError).map { String(decoding: $0.text, as: UTF8.self) }
  }
}
