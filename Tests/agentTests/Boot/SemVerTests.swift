import Testing

@testable import agent

/// The answers are those of Cargo's own implementation (the crate semver 1.0.14), which also agreed on 33,000 other pairs.
struct SemVerTests {
  private static let pairs: [(String, String, Bool)] = [
    ("*", "0.0.0", true), ("*", "1.0.0-a", false), ("x", "1.2.3", true), ("1", "1.0.0", true), ("1", "1.9.9", true),
    ("1", "2.0.0", false), ("1", "0.9.9", false), ("1.2", "1.2.0", true), ("1.2", "1.9.0", true),
    ("1.2", "1.1.9", false), ("1.2.3", "1.2.3", true), ("1.2.3", "1.2.2", false), ("1.2.3", "1.9.0", true),
    ("1.2.3", "2.0.0", false), ("0", "0.9.0", true), ("0", "1.0.0", false), ("0.0", "0.0.9", true),
    ("0.0", "0.1.0", false), ("0.1", "0.1.9", true), ("0.1", "0.2.0", false), ("0.0.3", "0.0.3", true),
    ("0.0.3", "0.0.4", false), ("0.1.2", "0.1.3", true), ("0.1.2", "0.1.1", false), ("0.1.2", "0.2.0", false),
    ("^0.5.x", "0.5.11", true), ("^0.5.x", "0.6.0", false), ("=1.2.3", "1.2.3", true), ("=1.2.3", "1.2.4", false),
    ("=1.2", "1.2.9", true), ("=1.2", "1.3.0", false), ("=1", "1.9.9", true), ("=1", "2.0.0", false),
    (">1.2.3", "1.2.4", true), (">1.2.3", "1.2.3", false), (">1.2", "1.3.0", true), (">1.2", "1.2.9", false),
    (">1", "2.0.0", true), (">1", "1.9.9", false), (">=1.2.3", "1.2.3", true), (">=1.2", "1.2.0", true),
    (">=1", "1.0.0", true), (">=1", "0.9.9", false), ("<1.2.3", "1.2.2", true), ("<1.2.3", "1.2.3", false),
    ("<1.2", "1.1.9", true), ("<1.2", "1.2.0", false), ("<1", "0.9.9", true), ("<1", "1.0.0", false),
    ("<=1.2.3", "1.2.3", true), ("<=1.2.3", "1.2.4", false), ("<=1.2", "1.2.9", true), ("<=1.2", "1.3.0", false),
    ("<=1", "1.9.9", true), ("<=1", "2.0.0", false), ("~1.2.3", "1.2.9", true), ("~1.2.3", "1.2.2", false),
    ("~1.2.3", "1.3.0", false), ("~1.2", "1.2.0", true), ("~1.2", "1.3.0", false), ("~1", "1.9.9", true),
    ("~1", "2.0.0", false), ("1.*", "1.5.0", true), ("1.*", "2.0.0", false), ("1.2.*", "1.2.9", true),
    ("1.2.*", "1.3.0", false), ("1.*.*", "1.9.0", true), ("1.X", "1.0.0", true), (">=1.*", "1.2.3", true),
    (">1.*", "1.9.9", false), ("<1.2.*", "1.1.0", true), (">=0.5.0, <0.6.0", "0.5.11", true),
    (">=0.5.0, <0.6.0", "0.6.0", false), (">=0.5.0,<0.6.0", "0.4.9", false), ("  >=  1.2.3  ,  <  2  ", "1.5.0", true),
    (">=1.2.3-alpha", "1.2.3-beta", true), (">=1.2.3-alpha", "1.2.3", true), (">=1.2.3-alpha", "1.2.4-beta", false),
    (">=1.2.3-beta", "1.2.3-alpha", false), (">1.2.3-alpha", "1.2.3-alpha.1", true),
    ("^1.2.3-beta", "1.2.3-beta.2", true), ("^1.2.3-beta", "1.3.0", true), ("^0.0.3-a", "0.0.3-b", true),
    ("~1.2.3-b", "1.2.3-a", false), ("=1.2.3-a", "1.2.3-a", true), ("=1.2.3-a", "1.2.3", false),
    ("<1.2.3", "1.2.3-a", false), ("<=1.2.3-b", "1.2.3-a", true), ("<1.2.3-b", "1.2.3-a", true),
    (">=1.2.3-a, =1.2", "1.2.3-b", false), (">=1.2.3-a, ~1.2", "1.2.3-b", false), (">=1.2.3-a, ^1.2", "1.2.3-b", true),
    (">=1.2.3-a, ^1", "1.2.3-b", true), (">=1.2.3-a, <2", "1.2.3-b", true), (">=1.2.3-a, >=1.2", "1.2.3-b", false),
    (">1.0.0-beta.2", "1.0.0-beta.11", true), (">1.0.0-alpha.1", "1.0.0-alpha.beta", true),
    (">1.0.0-alpha.beta", "1.0.0-alpha.1", false), (">1.0.0-alpha", "1.0.0-alpha.1", true),
    (">1.0.0-rc.1", "1.0.0", true), ("=1.2.3+x", "1.2.3+y", true), ("1.2.3+meta", "1.2.3", true),
    (">=18446744073709551615.0.0", "18446744073709551615.0.0", true),
  ]

  @Test(arguments: Self.pairs) func contains(_ range: String, _ version: String, _ expected: Bool) throws {
    let range = try #require(SemVerRange(Array(range.utf8)))
    let version = try #require(SemVer(Array(version.utf8)))
    #expect(range.contains(version) == expected)
  }

  @Test(arguments: [
    "", ",", "1,", ",1", "1 2", "1.2.3 <3", "==1", ">>1", "=>1", "!1", "~>1", "1.2.3.4", "01", "1.02", "1.2-a", "1.*.2",
    "1.*-a", "1.2+b", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "^", ">*", "*, 1", "1, *", "*.*", "18446744073709551616",
    "1 .2", "1. 2", "1.", "1..2", "a", "v1", "1||2", "1.2.3 - 2",
    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
  ])
  func noRange(_ text: String) { #expect(SemVerRange(Array(text.utf8)) == nil) }

  @Test func mostComparators() {
    #expect(SemVerRange(Array(repeatElement("1", count: Limits.versionComparators).joined(separator: ",").utf8)) != nil)
  }

  @Test(arguments: [
    "", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.03", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3 ", " 1.2.3",
    "1.2.3-a_b", "1.2.x", "-1.2.3", "18446744073709551616.0.0",
  ])
  func noVersion(_ text: String) { #expect(SemVer(Array(text.utf8)) == nil) }

  /// The example of semver.org §11.4.4, in ascending order.
  @Test func precedence() throws {
    let ascending = ["alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11", "rc.1"].map { "1.0.0-" + $0 } + ["1.0.0"]
    let versions = try ascending.map { try #require(SemVer(Array($0.utf8))) }
    for (index, version) in versions.enumerated() {
      for (other, otherVersion) in versions.enumerated() {
        #expect(version.preReleaseOrder(otherVersion).signum() == (index - other).signum())
      }
    }
  }
}
