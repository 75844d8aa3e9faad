/// Code points that are kept out of text that people read. Tables of Unicode's properties would be far larger.
enum CodePoints {
  /// Controls (category Cc), and what is invisible or changes how the rest is displayed: the soft hyphen, zero-width spaces, direction
  /// marks, embeddings and isolates, line and paragraph separators, joiners and invisible operators, annotations and tags.
  static func isHidden(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0..<0x20, 0x7f...0x9f, 0xad, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb,
      0xe0000...0xe007f:
      true
    default: false
    }
  }

  /// Those that upstream removes from a path: controls, direction marks, embeddings and isolates, line and paragraph separators, and
  /// U+FEFF.
  static func isSteering(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
    default: false
    }
  }
}
