/// A range of versions in Cargo's syntax (The Cargo Book, Specifying Dependencies): comparators separated by commas, all of which
/// must hold.
final class SemVerRange {
  /// Empty if every version will do.
  private var comparators: [SemVerComparator] = []

  /// Nil for a text that is not a range.
  init?(_ text: [UInt8]) {
    // only spaces are allowed around a comparator
    if text.contains(UInt8(ascii: "\t")) { return nil }
    // a wildcard stands alone and allows everything
    if SemVer.isWildcard(trimmed(text[...])) { return }
    for part in TextParts(text[...], by: UInt8(ascii: ",")) {
      guard comparators.count < Limits.versionComparators, let comparator = SemVerComparator(trimmed(part)) else { return nil }
      comparators.append(comparator)
    }
  }

  /// Whether a version is in the range. A pre-release is in it only if a comparator names a pre-release of the same three numbers.
  func contains(_ version: SemVer) -> Bool {
    var namesPreRelease = version.preRelease.isEmpty
    for comparator in comparators {
      if !comparator.holds(version) { return false }
      if comparator.namesPreRelease(of: version) { namesPreRelease = true }
    }
    return namesPreRelease
  }
}

/// An operator and a version, whose last numbers may be left out.
private final class SemVerComparator {
  private enum Operator { case exact, greater, less, tilde, caret }

  private let relation: Operator
  /// Whether `greater` or `less` includes equality.
  private let orEqual: Bool
  private let bound: SemVer

  /// Nil for a text that is not a comparator. Without an operator it is `caret`, or `exact` if it has a wildcard.
  init?(_ text: ArraySlice<UInt8>) {
    let given: Operator?
    switch text.first {
    case UInt8(ascii: "="): given = .exact
    case UInt8(ascii: ">"): given = .greater
    case UInt8(ascii: "<"): given = .less
    case UInt8(ascii: "~"): given = .tilde
    case UInt8(ascii: "^"): given = .caret
    default: given = nil
    }
    orEqual = text.hasPrefix(">=") || text.hasPrefix("<=")
    guard let bound = SemVer(beginning: trimmed(text.dropFirst(orEqual ? 2 : given == nil ? 0 : 1))) else { return nil }
    self.bound = bound
    relation = given ?? (bound.hasWildcard ? .exact : .caret)
  }

  /// Whether a version satisfies this comparator, disregarding the rule for pre-releases in `SemVerRange.contains`.
  @inline(never)
  func holds(_ version: SemVer) -> Bool {
    let numbers = version.order(bound, of: 3)
    let suffix = version.preReleaseOrder(bound)
    let isWhole = bound.numbers.count == 3
    // without a patch number, a pre-release of the same numbers is not equal, above or below
    let isAbove = numbers > 0 || numbers == 0 && isWhole && suffix > 0
    let isBelow = numbers < 0 || numbers == 0 && isWhole && suffix < 0
    let isEqual = numbers == 0 && suffix == 0
    switch relation {
    case .exact: return isEqual
    case .greater: return isAbove || orEqual && isEqual
    case .less: return isBelow || orEqual && isEqual
    case .tilde: return version.order(bound, of: 2) == 0 && (isEqual || isAbove)
    case .caret:
      // the numbers that may not change: up to and including the first that is not zero
      var fixed = 1
      while fixed < bound.numbers.count, bound.numbers[fixed - 1] == 0 { fixed += 1 }
      return version.order(bound, of: fixed) == 0 && (isEqual || isAbove || numbers == 0 && !isWhole)
    }
  }

  /// Whether it names a pre-release with the version's three numbers.
  func namesPreRelease(of version: SemVer) -> Bool {
    !bound.preRelease.isEmpty && version.order(bound, of: 3) == 0
  }
}
