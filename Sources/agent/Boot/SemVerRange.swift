/// A range of versions as Cargo reads it (The Cargo Book, Specifying Dependencies): comparators that commas divide, all of which
/// must hold.
struct SemVerRange {
  private let comparators: [SemVerComparator]

  /// Nil for text that is no range.
  init?(_ text: [UInt8]) {
    var scanner = SemVerScanner(text)
    scanner.skipSpaces()
    var found: [SemVerComparator] = []
    if scanner.takeWildcard() {
      // everything: alone
      scanner.skipSpaces()
      guard scanner.isAtEnd else { return nil }
    } else {
      repeat {
        scanner.skipSpaces()
        guard found.count < Limits.versionComparators, let comparator = SemVerComparator(&scanner) else { return nil }
        found.append(comparator)
        scanner.skipSpaces()
      } while scanner.take(UInt8(ascii: ","))
      guard scanner.isAtEnd else { return nil }
    }
    comparators = found
  }

  /// A pre-release is in a range only if a comparator names a pre-release of the same numbers.
  func contains(_ version: SemVer) -> Bool {
    guard comparators.allSatisfy({ $0.holds(version) }) else { return false }
    return version.preRelease.isEmpty || comparators.contains { $0.namesPreRelease(of: version) }
  }
}

/// An operator and a version, the end of which may be left out.
struct SemVerComparator {
  private enum Operator { case exact, greater, greaterOrEqual, less, lessOrEqual, tilde, caret }

  private let relation: Operator
  private let major: UInt64
  private let minor: UInt64?
  /// Nil if `minor` is.
  private let patch: UInt64?
  /// Empty if `patch` is nil.
  private let preRelease: PreRelease

  /// Nil for what is no comparator.
  fileprivate init?(_ scanner: inout SemVerScanner) {
    let given = Self.relation(&scanner)
    scanner.skipSpaces()
    guard let major = scanner.number() else { return nil }
    self.major = major
    var (minor, patch): (UInt64?, UInt64?) = (nil, nil)
    var isWild = false
    if scanner.take(UInt8(ascii: ".")) {
      isWild = scanner.takeWildcard()
      if !isWild {
        guard let number = scanner.number() else { return nil }
        minor = number
      }
      if scanner.take(UInt8(ascii: ".")) {
        let patchIsWild = scanner.takeWildcard()
        if !patchIsWild {
          // a number behind a wildcard means nothing
          guard !isWild, let number = scanner.number() else { return nil }
          patch = number
        }
        isWild = patchIsWild
      }
    }
    self.minor = minor
    self.patch = patch
    if patch == nil {
      preRelease = PreRelease(identifiers: [])
    } else {
      guard let preRelease = scanner.preRelease(), scanner.skipBuild() else { return nil }
      self.preRelease = preRelease
    }
    relation = given ?? (isWild ? .exact : .caret)
  }

  /// Whether the version is within, by this comparator alone.
  fileprivate func holds(_ version: SemVer) -> Bool {
    let numbers = order(version, of: 3)
    let suffix = version.preRelease.compared(to: preRelease)
    // where the patch is left out, a pre-release of the same numbers is neither equal nor above nor below
    let isAbove = numbers > 0 || numbers == 0 && patch != nil && suffix > 0
    let isBelow = numbers < 0 || numbers == 0 && patch != nil && suffix < 0
    let isEqual = numbers == 0 && suffix == 0
    switch relation {
    case .exact: return isEqual
    case .greater: return isAbove
    case .greaterOrEqual: return isEqual || isAbove
    case .less: return isBelow
    case .lessOrEqual: return isEqual || isBelow
    case .tilde: return order(version, of: 2) == 0 && (isEqual || isAbove)
    case .caret:
      // what may not change: all up to the first number that is not zero
      let fixed = major > 0 || minor == nil ? 1 : minor != 0 || patch == nil ? 2 : 3
      return order(version, of: fixed) == 0 && (isEqual || isAbove || numbers == 0 && patch == nil)
    }
  }

  fileprivate func namesPreRelease(of version: SemVer) -> Bool {
    !preRelease.isEmpty && order(version, of: 3) == 0
  }

  /// How a version's first numbers compare with those that are given: below 0 if it is lower, above 0 if it is higher.
  private func order(_ version: SemVer, of count: Int) -> Int {
    let pairs = [(version.major, major), (version.minor, minor ?? version.minor), (version.patch, patch ?? version.patch)]
    for (its, ours) in pairs.prefix(count) where its != ours { return its < ours ? -1 : 1 }
    return 0
  }

  /// Nil if none is written.
  private static func relation(_ scanner: inout SemVerScanner) -> Operator? {
    if scanner.take(UInt8(ascii: "=")) { return .exact }
    if scanner.take(UInt8(ascii: ">")) { return scanner.take(UInt8(ascii: "=")) ? .greaterOrEqual : .greater }
    if scanner.take(UInt8(ascii: "<")) { return scanner.take(UInt8(ascii: "=")) ? .lessOrEqual : .less }
    if scanner.take(UInt8(ascii: "~")) { return .tilde }
    return scanner.take(UInt8(ascii: "^")) ? .caret : nil
  }
}
