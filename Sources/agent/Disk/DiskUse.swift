/// What the kernel's command line says of a data disk: `dstack.disk=`.
enum DiskUse {
  /// None is looked at.
  case none
  /// Without one the machine does not start.
  case required
  /// If there is one.
  case optional
  /// As `required`, but made anew at each start.
  case scratch

  /// Nil for a word that is none.
  init?(_ word: ArraySlice<UInt8>) {
    if word.matches(DiskUse.required.word) {
      self = .required
    } else if word.matches(DiskUse.optional.word) {
      self = .optional
    } else if word.matches(DiskUse.scratch.word) {
      self = .scratch
    } else {
      return nil
    }
  }

  /// Empty for `none`, which has no word.
  var word: StaticString {
    switch self {
    case .none: ""
    case .required: "required"
    case .optional: "optional"
    case .scratch: "scratch"
    }
  }
}
