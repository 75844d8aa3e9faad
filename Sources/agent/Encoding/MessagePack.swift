/// Writes MessagePack (github.com/msgpack/msgpack, spec.md), each value in its shortest form. Counts are below 2^32.
struct MessagePackWriter {
  let out: ByteBuffer

  init(_ out: ByteBuffer) { self.out = out }

  func unsigned(_ value: UInt64) {
    switch value {
    case 0..<0x80: big(value, 1)
    case 0..<0x100: tagged(0xcc, value, 1)
    case 0..<0x1_0000: tagged(0xcd, value, 2)
    case 0..<0x1_0000_0000: tagged(0xce, value, 4)
    default: tagged(0xcf, value, 8)
    }
  }

  /// `utf8` is well-formed UTF-8.
  func text(_ utf8: [UInt8]) {
    let count = UInt64(utf8.count)
    switch count {
    case 0..<32: big(0xa0 | count, 1)
    case 0..<0x100: tagged(0xd9, count, 1)
    case 0..<0x1_0000: tagged(0xda, count, 2)
    default: tagged(0xdb, count, 4)
    }
    out.append(utf8)
  }

  func text(_ text: StaticString) { self.text(bytes(text)) }

  func binary(_ data: [UInt8]) {
    let count = UInt64(data.count)
    switch count {
    case 0..<0x100: tagged(0xc4, count, 1)
    case 0..<0x1_0000: tagged(0xc5, count, 2)
    default: tagged(0xc6, count, 4)
    }
    out.append(data)
  }

  /// The head of an array; its `count` elements must follow.
  func array(_ count: Int) { head(UInt64(count), short: 0x90, long: 0xdc) }

  /// The head of a map; `count` pairs of key and value must follow.
  func map(_ count: Int) { head(UInt64(count), short: 0x80, long: 0xde) }

  private func head(_ count: UInt64, short: UInt64, long: UInt8) {
    switch count {
    case 0..<16: big(short | count, 1)
    case 0..<0x1_0000: tagged(long, count, 2)
    default: tagged(long + 1, count, 4)
    }
  }

  private func tagged(_ tag: UInt8, _ value: UInt64, _ count: Int) {
    out.append(tag)
    big(value, count)
  }

  private func big(_ value: UInt64, _ count: Int) {
    for index in 1...count { out.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - index)))) }
  }
}
