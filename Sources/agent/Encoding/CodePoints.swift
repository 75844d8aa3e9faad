/// Kinds of code points that are not let through into what people read. Tables of Unicode's properties would be far larger.
enum CodePoints {
  /// Controls (category Cc), and what is not seen or changes how the rest is seen: the soft hyphen, spaces of no width, marks,
  /// embeddings and isolates of direction, line and paragraph separators, joiners and invisible operators, annotations and tags.
  static func isHidden(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0..<0x20, 0x7f...0x9f, 0xad, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb,
      0xe0000...0xe007f:
      true
    default: false
    }
  }

  /// Those that upstream takes out of a path: controls, marks of direction, line and paragraph separators, and U+FEFF.
  static func isSteering(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
    default: false
    }
  }
}
