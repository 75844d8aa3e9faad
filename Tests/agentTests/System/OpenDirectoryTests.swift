import Foundation
import Testing

@testable import agent

struct OpenDirectoryTests {
  private static func open(_ folder: TemporaryFolder) throws -> OpenDirectory { try OpenDirectory(folder.bytes) }

  @Test func reading() throws {
    let folder = try TemporaryFolder()
    try folder.write("a", [1, 2, 3])
    let directory = try Self.open(folder)
    let content = try directory.read("a", limit: 3)
    #expect(content == [1, 2, 3])
    #expect(failureText { _ = try directory.read("a", limit: 2) } == "a: is too large")
    let nothing = try directory.read("b", limit: 3)
    #expect(nothing == nil)
  }

  @Test func replacingInParts() throws {
    let folder = try TemporaryFolder()
    let directory = try Self.open(folder)
    func write(_ parts: [[UInt8]], limit: Int) throws {
      var parts = parts
      try directory.replace("a", limit: limit) { () throws(AgentError) in parts.isEmpty ? [] : parts.removeFirst() }
    }
    try write([[1, 2], [3]], limit: 3)
    #expect(try folder.read("a") == [1, 2, 3])
    #expect(try folder.mode("a") == 0o600)
    // one byte too many leaves the old file, and nothing half-written
    #expect(failureText { try write([[4, 5, 6], [7]], limit: 3) } == "a: is too large")
    #expect(try folder.read("a") == [1, 2, 3])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    try write([], limit: 3)
    #expect(try folder.read("a") == [])
  }

  /// A file that grows without end: one of the kernel's that claims a size of 0.
  @Test func growing() throws {
    let directory = try OpenDirectory(utf8("/proc/self"))
    #expect(failureText { _ = try directory.read("maps", limit: 10) } == "maps: is too large")
  }

  @Test func hostileFiles() throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    try FileManager.default.createSymbolicLink(atPath: path + "/link", withDestinationPath: "/etc/hostname")
    try FileManager.default.createSymbolicLink(atPath: path + "/dangling", withDestinationPath: "/nowhere")
    try FileManager.default.createDirectory(atPath: path + "/directory", withIntermediateDirectories: false)
    #expect(mkfifo(path + "/fifo", 0o600) == 0)
    let directory = try Self.open(folder)
    #expect(failureText { _ = try directory.read("link", limit: 9) } == "link: is a symbolic link")
    #expect(failureText { _ = try directory.read("dangling", limit: 9) } == "dangling: is a symbolic link")
    #expect(failureText { _ = try directory.read("directory", limit: 9) } == "directory: is not a regular file")
    #expect(failureText { _ = try directory.read("fifo", limit: 9) } == "fifo: is not a regular file")
    let devices = try OpenDirectory(utf8("/dev"))
    #expect(failureText { _ = try devices.read("zero", limit: 9) } == "zero: is not a regular file")
    let socket = try Sockets.listen(unix: utf8(path + "/socket"))
    #expect(failureText { _ = try directory.read("socket", limit: 9) } == "socket: is not a regular file")
    _ = consume socket
  }

  /// The name is replaced, not what a link of that name points to; what an earlier process left is no obstacle.
  @Test func replacing() throws {
    let folder = try TemporaryFolder()
    try folder.write("outside", [9])
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/a", withDestinationPath: folder.path + "/outside")
    try folder.write("a.new", [8, 8])
    let directory = try Self.open(folder)
    try directory.replace("a", with: [1])
    #expect(try folder.read("a") == [1])
    #expect(try folder.read("outside") == [9])
    #expect(try folder.mode("a") == 0o600)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/a.new"))
    directory.remove("a")
    directory.remove("a")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/a"))
  }

  @Test func owned() throws {
    let folder = try TemporaryFolder()
    let directory = try OpenDirectory(ownedBy: folder.bytes + utf8("/new"))
    #expect(try folder.mode("new") == 0o700)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/new")
    let again = try OpenDirectory(ownedBy: folder.bytes + utf8("/new"))
    #expect(try folder.mode("new") == 0o700)
    let (first, second) = (directory.lock(), again.lock())
    #expect(first)
    #expect(!second)
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: folder.path + "/new")
    #expect(throws: Errno.self) { _ = try OpenDirectory(ownedBy: folder.bytes + utf8("/link")) }
    try folder.write("file", [])
    #expect(throws: Errno.self) { _ = try OpenDirectory(ownedBy: folder.bytes + utf8("/file")) }
  }
}
