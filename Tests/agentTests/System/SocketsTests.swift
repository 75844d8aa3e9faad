import Foundation
import Testing

@testable import agent

struct SocketsTests {
  private static func scratch(_ body: (String) throws -> Void) throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  private static func failure(_ path: [UInt8]) -> String {
    do throws(AgentError) {
      _ = try Sockets.listen(unix: path).number
      return "listens"
    } catch {
      return String(decoding: error.text, as: Unicode.UTF8.self)
    }
  }

  @Test func modeAndDirectory() throws {
    try Self.scratch { directory in
      let path = "\(directory)/a/socket"
      let listener = try Sockets.listen(unix: Array(path.utf8))
      #expect(listener.number >= 0)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o777)
      #expect(fcntl(listener.number, F_GETFD) & FD_CLOEXEC != 0 && fcntl(listener.number, F_GETFL) & O_NONBLOCK != 0)
      guard case .none = Sockets.accept(listener.number) else {
        Issue.record("nobody has connected")
        return
      }
    }
  }

  /// A socket file that a dead process left is replaced; one with a listener, and a file that is not a socket, are not.
  @Test func whatIsInTheWay() throws {
    try Self.scratch { directory in
      let path = Array("\(directory)/socket".utf8)
      let first = try Sockets.listen(unix: path).release()
      #expect(Self.failure(path) == "belongs to another process")
      close(first)
      #expect(FileManager.default.fileExists(atPath: "\(directory)/socket"))
      #expect(Self.failure(path) == "listens")
      Sockets.remove(unix: path)
      #expect(FileManager.default.createFile(atPath: "\(directory)/socket", contents: Data("kept".utf8)))
      #expect(Self.failure(path) == "exists and is not a socket")
      #expect(FileManager.default.contents(atPath: "\(directory)/socket") == Data("kept".utf8))
    }
  }

  @Test func pathsThatCannotBe() throws {
    try Self.scratch { directory in
      // sun_path holds 107 bytes and a NUL
      let most = directory + "/" + String(repeating: "x", count: 107 - directory.utf8.count - 1)
      #expect(Self.failure(Array(most.utf8)) == "listens")
      #expect(Self.failure(Array((most + "x").utf8)) == "cannot be bound: name too long")
      #expect(Self.failure(Array("\(directory)/a\0b".utf8)) == "cannot be bound: invalid argument")
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/a"))
    }
  }

  @Test func addresses() throws {
    for (address, isAddress) in [
      ("127.0.0.1", true), ("0.0.0.0", true), ("localhost", false), ("", false), ("127.0.0.1:80", false),
      ("127.0.0.1\0", false),
    ] {
      #expect(
        (refusal { _ = try Sockets.listen(address: Array(address.utf8), port: 0).number } == nil) == isAddress, "\(address)")
    }
  }
}
