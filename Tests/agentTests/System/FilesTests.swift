import Foundation
import Testing

@testable import agent

struct FilesTests {
  @Test func atTheLimitAndOneAbove() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = "\(directory)/file"
    for size in [0, 1, 4095, 65_536, 65_537, 100_000] {
      let data = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
      #expect(FileManager.default.createFile(atPath: path, contents: Data(data)))
      #expect(try Files.read(Array(path.utf8), limit: size) == data)
      #expect(try Files.read(Array(path.utf8), limit: size + 1) == data)
      if size > 0 { #expect(refusal { _ = try Files.read(Array(path.utf8), limit: size - 1) } == .failed) }
    }
  }

  /// Files in /proc claim a size of 0.
  @Test func kernelFiles() throws {
    #expect(try Files.read(bytes("/proc/self/status"), limit: 1 << 20).hasPrefix("Name:"))
  }

  @Test(arguments: ["", "/nowhere/at/all", "/tmp", "/proc/self/status\0x"]) func refusals(_ path: String) {
    #expect(refusal { _ = try Files.read(Array(path.utf8), limit: 1 << 20) } == .failed)
  }

  @Test func endlessFiles() { #expect(refusal { _ = try Files.read(bytes("/dev/zero"), limit: 200_000) } == .failed) }

  @Test func beginnings() throws {
    let endless = try Descriptor(bytes("/dev/zero"), .reading)
    for limit in [0, 1, 65_536, 200_000] { #expect(try endless.readAll(upTo: limit) == [UInt8](repeating: 0, count: limit)) }
    #expect(Files.systemText("/proc/self/status").hasPrefix("Name:"))
    #expect(Files.systemText("/dev/zero").count == Limits.systemText)
    #expect(Files.systemText("/nowhere/at/all") == [])
    #expect(Files.systemText("/tmp") == [])
  }

  @Test func existence() {
    #expect(Files.exists(bytes("/proc/self")))
    #expect(!Files.exists(bytes("/proc/self/nothing")))
    #expect(!Files.exists(utf8("/proc\0/self")))
    #expect(!Files.exists([]))
  }
}
