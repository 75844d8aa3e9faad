/// What `dstack.disk=` on the kernel command line asks for.
enum DiskUse {
  /// The parameter is absent: no disk is used.
  case none
  /// The machine does not start without a disk.
  case required
  /// A disk is used if there is one.
  case optional
  /// As `required`, but the disk is formatted at each start.
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

  /// The parameter's value; empty for `none`, which has none.
  var word: StaticString {
    switch self {
    case .none: ""
    case .required: "required"
    case .optional: "optional"
    case .scratch: "scratch"
    }
  }
}
