import Foundation
import Testing

@testable import agent

/// The seeds of `make fuzz`: each parser takes them whole and truncated at every byte. A trap ends the tests: it
/// belongs to the target that started last.
struct SeedTests {
  private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../corpus")

  @Test func everyTargetHasSeeds() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
    #expect(folders.sorted() == fuzzTargets.map(\.name).sorted())
  }

  @Test(.serialized, arguments: fuzzTargets.map(\.name))
  func wholeAndCutOff(_ name: String) throws {
    let target = try #require(fuzzTargets.first { $0.name == name })
    let seeds = try Self.seeds(of: target)
    #expect(!seeds.isEmpty)
    for seed in seeds {
      #expect(seed.count <= target.limit)
      for count in 0...seed.count { target.run(Array(seed[..<count])) }
    }
  }

  private static func seeds(of target: FuzzTarget) throws -> [[UInt8]] {
    let folder = corpus.appending(path: target.name)
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map { file in
      let data = Array(try Data(contentsOf: file))
      return file.pathExtension == "hex" ? try decoded(String(decoding: data, as: UTF8.self)) : data
    }
  }

  /// Hex digits; `00*9` are nine bytes.
  private static func decoded(_ text: String) throws -> [UInt8] {
    try text.split(whereSeparator: \.isWhitespace).flatMap { word in
      let parts = word.split(separator: "*")
      let data = try #require(Hex.decode(Array(parts[0].utf8)))
      return parts.count == 1 ? data : Array(repeating: data[0], count: try #require(Int(parts[1])))
    }
  }
}
