/// What `dstack.disk=` on the kernel's command line asks for.
enum DiskUse {
  /// No disk is looked for.
  case none
  /// The machine does not start without one.
  case required
  /// Used if there is one.
  case optional
  /// As `required`, but formatted at each start.
  case scratch

  /// Nil for any other word.
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
