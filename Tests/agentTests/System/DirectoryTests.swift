import Foundation
import Testing

@testable import agent

struct DirectoryTests {
  @Test func namesInOrder() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for name in ["b", "10", "9", "a b", "B", "é", "ab", "a", ".hidden", "c.d"] {
      #expect(FileManager.default.createFile(atPath: "\(directory)/\(name)", contents: nil))
    }
    let names = Directory.namesInOrder(utf8(directory)).map { String(decoding: $0, as: UTF8.self) }
    #expect(names == ["10", "9", "B", "a", "a b", "ab", "b", "c.d", "é"])
    #expect(Directory.namesInOrder(utf8(directory + "/none")).isEmpty)
  }
}
