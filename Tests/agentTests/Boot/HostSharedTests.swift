import Foundation
import Testing

@testable import agent

struct HostSharedTests {
  private static let names = ["app-compose.json", ".sys-config.json", ".instance_info", ".encrypted-env", ".user-config"]

  private static func copy(_ from: TemporaryFolder, _ to: TemporaryFolder) throws {
    let target = try OpenDirectory(to.bytes)
    try HostShared.copy(from: HostDirectory(from.bytes), to: target)
  }

  @Test func all() throws {
    let (from, to) = (try TemporaryFolder(), try TemporaryFolder())
    for name in Self.names { try from.write(name, utf8(name)) }
    try from.write("other", [1])
    try Self.copy(from, to)
    for name in Self.names { #expect(try to.read(name) == utf8(name)) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: to.path).count == Self.names.count)
  }

  @Test func needed() throws {
    for name in Self.names.prefix(2) {
      let (from, to) = (try TemporaryFolder(), try TemporaryFolder())
      for other in Self.names where other != name { try from.write(other, [1]) }
      #expect(failureText { try Self.copy(from, to) } == "\(name): is missing from the host-shared directory")
    }
  }

  /// A file that the host no longer gives does not remain from an earlier attempt.
  @Test func optional() throws {
    let (from, to) = (try TemporaryFolder(), try TemporaryFolder())
    for name in Self.names { try to.write(name, [1]) }
    for name in Self.names.prefix(2) { try from.write(name, [2]) }
    try Self.copy(from, to)
    #expect(try FileManager.default.contentsOfDirectory(atPath: to.path).sorted() == [".sys-config.json", "app-compose.json"])
  }

  /// At the limit and one byte above; the files are sparse.
  @Test(arguments: [
    ("app-compose.json", Limits.composeFile), (".sys-config.json", Limits.sysConfigFile),
    (".instance_info", Limits.instanceInfo),
    (".encrypted-env", Limits.encryptedEnv), (".user-config", Limits.userConfig),
  ])
  func limits(_ name: String, _ limit: Int) throws {
    let (from, to) = (try TemporaryFolder(), try TemporaryFolder())
    for other in Self.names.prefix(2) { try from.write(other, [1]) }
    try from.write(name, [])
    let file = try #require(FileHandle(forUpdatingAtPath: from.path + "/" + name))
    try file.truncate(atOffset: UInt64(limit))
    try Self.copy(from, to)
    #expect(try FileManager.default.attributesOfItem(atPath: to.path + "/" + name)[.size] as? Int == limit)
    try file.truncate(atOffset: UInt64(limit + 1))
    #expect(failureText { try Self.copy(from, to) } == "\(name): is too large")
  }

  @Test func namesTheFile() throws {
    for name in Self.names {
      let (from, to) = (try TemporaryFolder(), try TemporaryFolder())
      for other in Self.names where other != name { try from.write(other, [1]) }
      try FileManager.default.createSymbolicLink(atPath: from.path + "/" + name, withDestinationPath: "/etc/hostname")
      #expect(failureText { try Self.copy(from, to) } == "\(name): is a symbolic link")
    }
  }
}
