/// Removes from a text what controls a terminal: escape and control sequences (ECMA-48, with the strings of xterm), and control characters
/// except tab, line feed and carriage return. The text may come in pieces of any size. A line feed ends an unfinished sequence, so that no
/// line can hide the next.
struct TerminalText {
  private enum State { case plain, escape, control, string }

  private var state = State.plain
  /// 0xC2 has arrived, which together with 0x80 to 0x9F is a C1 control.
  private var holdsC2 = false

  /// `text` is well-formed UTF-8, but may end inside a character.
  mutating func write(_ text: [UInt8], to out: ByteBuffer) {
    var at = 0
    while at < text.count {
      if state == .plain, !holdsC2 {
        let start = at
        while at < text.count, text[at] >= 0x20, text[at] != 0x7f, text[at] != 0xc2 { at += 1 }
        out.append(text[start..<at])
        if at == text.count { return }
      }
      let byte = text[at]
      at += 1
      if holdsC2 {
        holdsC2 = false
        if byte < 0xa0 {
          control(byte)
        } else if state != .string {
          out.append(0xc2)
          out.append(byte)
        }
      } else if byte == 0xc2 {
        // a character that is not a control ends a sequence, but not a string
        if state != .string { state = .plain }
        holdsC2 = true
      } else if byte < 0x20 || byte == 0x7f {
        controlCharacter(byte, out)
      } else if state == .plain || (byte >= 0x80 && state != .string) {
        state = .plain
        out.append(byte)
      } else {
        sequence(byte)
      }
    }
  }

  /// C0 and DEL.
  private mutating func controlCharacter(_ byte: UInt8, _ out: ByteBuffer) {
    switch byte {
    case 0x1b: state = .escape
    case 0x18, 0x1a: state = .plain
    case 0x07 where state == .string: state = .plain
    case 0x0a:
      state = .plain
      out.append(byte)
    case 0x09, 0x0d:
      if state != .string { out.append(byte) }
    default: break
    }
  }

  /// C1 in its two-byte form: CSI, the openings of strings, and others that stand alone.
  private mutating func control(_ byte: UInt8) {
    switch byte {
    case 0x9b: state = .control
    case 0x90, 0x98, 0x9d, 0x9e, 0x9f: state = .string
    default: state = .plain
    }
  }

  /// A printable ASCII byte after an escape, in a control sequence or in a string.
  private mutating func sequence(_ byte: UInt8) {
    switch state {
    case .escape:
      switch byte {
      case 0x20...0x2f: break  // an intermediate byte: more comes
      case UInt8(ascii: "["): state = .control
      case UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "_"): state = .string
      default: state = .plain
      }
    case .control where byte >= 0x40: state = .plain
    default: break
    }
  }
}
