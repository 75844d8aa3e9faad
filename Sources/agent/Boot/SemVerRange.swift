/// A range of versions as Cargo reads it (The Cargo Book, Specifying Dependencies): comparators that commas divide, all of which
/// must hold.
struct SemVerRange {
  private let text: [UInt8]

  /// Nil for text that is no range.
  init?(_ text: [UInt8]) {
    self.text = text
    guard let any = SemVer(bytes("0.0.0")), Self.contains(any, text) != nil else { return nil }
  }

  /// A pre-release is in a range only if a comparator names a pre-release of the same numbers.
  func contains(_ version: SemVer) -> Bool { Self.contains(version, text) ?? false }

  /// Nil for text that is no range.
  private static func contains(_ version: SemVer, _ text: [UInt8]) -> Bool? {
    var scanner = SemVerScanner(text)
    scanner.skipSpaces()
    var hold = true
    var isNamed = version.preRelease.isEmpty
    if scanner.takeWildcard() {
      // everything: alone
      scanner.skipSpaces()
    } else {
      var count = 0
      repeat {
        scanner.skipSpaces()
        count += 1
        guard count <= Limits.versionComparators, let comparator = SemVerComparator(&scanner) else { return nil }
        if !comparator.holds(version) { hold = false }
        if comparator.namesPreRelease(of: version) { isNamed = true }
        scanner.skipSpaces()
      } while scanner.take(UInt8(ascii: ","))
    }
    return scanner.isAtEnd ? hold && isNamed : nil
  }
}

/// An operator and a version, the end of which may be left out.
private struct SemVerComparator {
  private enum Operator { case exact, greater, less, tilde, caret }

  private let relation: Operator
  /// Behind `greater` and `less`.
  private let orEqual: Bool
  private let bound: SemVer

  /// Nil for what is no comparator.
  init?(_ scanner: inout SemVerScanner) {
    let given = Self.relation(&scanner)
    orEqual = (given == .greater || given == .less) && scanner.take(UInt8(ascii: "="))
    scanner.skipSpaces()
    guard let bound = SemVer(&scanner) else { return nil }
    self.bound = bound
    relation = given ?? (bound.hasWildcard ? .exact : .caret)
  }

  /// Whether the version is within, by this comparator alone.
  func holds(_ version: SemVer) -> Bool {
    let numbers = version.order(bound, of: 3)
    let suffix = version.preReleaseOrder(bound)
    let isWhole = bound.numbers.count == 3
    // where the patch is left out, a pre-release of the same numbers is neither equal nor above nor below
    let isAbove = numbers > 0 || numbers == 0 && isWhole && suffix > 0
    let isBelow = numbers < 0 || numbers == 0 && isWhole && suffix < 0
    let isEqual = numbers == 0 && suffix == 0
    switch relation {
    case .exact: return isEqual
    case .greater: return isAbove || orEqual && isEqual
    case .less: return isBelow || orEqual && isEqual
    case .tilde: return version.order(bound, of: 2) == 0 && (isEqual || isAbove)
    case .caret:
      // what may not change: all up to the first number that is not zero
      var fixed = 1
      while fixed < bound.numbers.count, bound.numbers[fixed - 1] == 0 { fixed += 1 }
      return version.order(bound, of: fixed) == 0 && (isEqual || isAbove || numbers == 0 && !isWhole)
    }
  }

  func namesPreRelease(of version: SemVer) -> Bool {
    !bound.preRelease.isEmpty && version.order(bound, of: 3) == 0
  }

  /// Nil if none is written.
  private static func relation(_ scanner: inout SemVerScanner) -> Operator? {
    if scanner.take(UInt8(ascii: "=")) { return .exact }
    if scanner.take(UInt8(ascii: ">")) { return .greater }
    if scanner.take(UInt8(ascii: "<")) { return .less }
    if scanner.take(UInt8(ascii: "~")) { return .tilde }
    return scanner.take(UInt8(ascii: "^")) ? .caret : nil
  }
}
