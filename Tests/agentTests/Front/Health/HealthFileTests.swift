import Foundation
import Testing

@testable import agent

/// The health file: upstream's rule, in the order of its checks (docs/spec/health.md).
struct HealthFileTests {
  static let now: Int64 = 1_771_234_567

  @Test(arguments: [
    ("healthy\n1771234567\n", ""), ("HEALTHY\r\n 1771234567 \r\n", ""), ("healthy\n1771234567", ""),
    ("healthy\n1771234567\nmore\n\n", ""), ("\tHealthy\n1771234567\n", ""),
    // 60 s old at most, or in the future
    ("healthy\n1771234507\n", ""), ("healthy\n18446744073709551615\n", ""),
    ("healthy\n1771234506\n", "health file is stale: written 61s ago, limit is 60s"),
    ("healthy\n0\n", "health file is stale: written 1771234567s ago, limit is 60s"),
    ("unhealthy\n1771234567\n", "app reports unhealthy"), ("UnHealthy\n1771234567\n", "app reports unhealthy"),
    ("ok\n1771234567\n", "health file line 1 is neither healthy nor unhealthy"),
    ("\n1771234567\n", "health file line 1 is neither healthy nor unhealthy"),
    ("healthy\n+1771234567\n", ""), ("healthy\n++1\n", "health file line 2 is not a unix time in seconds"),
    ("healthy\n-1\n", "health file line 2 is not a unix time in seconds"),
    ("healthy\n18446744073709551616\n", "health file line 2 is not a unix time in seconds"),
    ("healthy\n1 2\n", "health file line 2 is not a unix time in seconds"),
    ("healthy\n\n", "health file line 2 is not a unix time in seconds"),
    ("ok\nx\n", "health file line 2 is not a unix time in seconds"),
    ("unhealthy\n0\n", "health file is stale: written 1771234567s ago, limit is 60s"),
    ("", "health file is empty"),
    ("\n", "health file must have two lines: state and unix timestamp"),
    ("healthy", "health file must have two lines: state and unix timestamp"),
    ("healthy\n", "health file must have two lines: state and unix timestamp"),
  ])
  func judge(_ content: String, _ status: String) {
    #expect(String(decoding: HealthFile.judge(utf8(content), now: Self.now), as: UTF8.self) == status)
  }

  @Test func known() throws {
    struct Known: Decodable {
      let file: String
      let now: Int64
      let healthy: Bool
      let status: String
    }
    let known: [Known] = try KnownAnswers.v1("health_file")
    #expect(known.count == 6)
    for known in known {
      #expect(String(decoding: HealthFile.judge(utf8(known.file), now: known.now), as: UTF8.self) == known.status)
      #expect(known.healthy == known.status.isEmpty)
    }
  }

  @Test func files() throws {
    let folder = try TemporaryFolder()
    func status(_ name: String) -> String {
      let path = folder.bytes + utf8("/" + name)
      return String(decoding: HealthFile.status(of: path, HealthFileReader.read(path)[...], now: Self.now), as: UTF8.self)
    }
    try folder.write("good", utf8("healthy\n1771234567\n"))
    #expect(status("good") == "")
    #expect(status("none") == folder.path + "/none has not been written yet")
    #expect(status("good/x") == "cannot read \(folder.path)/good/x: not a directory")
    // links are followed; anything but a file is not waited for
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "good")
    #expect(status("link") == "")
    #expect(mkfifo(folder.path + "/fifo", 0o600) == 0)
    for name in ["fifo", "."] {
      #expect(status(name) == "cannot read \(folder.path)/\(name): health file is not a regular file")
    }
    try folder.write("bad", utf8("healthy\n1771234567\n") + [0xff])
    #expect(status("bad") == "cannot read \(folder.path)/bad: health file is not UTF-8")
    // the first 4096 bytes count
    let head = utf8("healthy\n")
    for (padding, text) in [(Limits.healthFile - head.count - 10, ""), (Limits.healthFile - head.count - 9, nil)] {
      try folder.write("long", head + [UInt8](repeating: 0x20, count: padding) + utf8("1771234567\n"))
      if let text { #expect(status("long") == text) } else { #expect(status("long").hasPrefix("health file is stale")) }
    }
  }

  @Test(arguments: [
    ("/run/health", "/run/health"), ("/a\nb\u{1b}[m\u{7f}c", "/a b [m c"), ("/\u{80}\u{9f}\u{a0}é", "/  \u{a0}é"),
    ("/\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}\u{feff}x", "/          x"),
    ("/\u{202f}\u{2065}\u{206a}\u{2027}", "/\u{202f}\u{2065}\u{206a}\u{2027}"),
  ])
  func paths(_ path: String, _ shown: String) {
    #expect(String(decoding: HealthFile.cleaned(utf8(path)), as: UTF8.self) == shown)
  }

  @Test func longPaths() {
    let most = [UInt8](repeating: 0x61, count: 256)
    #expect(HealthFile.cleaned(most) == most)
    #expect(HealthFile.cleaned(most + [0x61]) == most + utf8("... (truncated)"))
    // not inside a character
    #expect(HealthFile.cleaned(most.dropLast() + utf8("é")) == most.dropLast() + utf8("... (truncated)"))
  }
}
