/// Writes MessagePack (github.com/msgpack/msgpack, spec.md), each value in its shortest form. Counts are below 2^32. Every call
/// returns the writer, so that a key and its value can be written together.
struct MessagePackWriter {
  let out: ByteBuffer

  init(_ out: ByteBuffer) { self.out = out }

  @discardableResult
  func unsigned(_ value: UInt64) -> Self { head(value, fixed: 0, below: 0x80, 0xcc) }

  /// `utf8` is well-formed UTF-8.
  @discardableResult
  func text(_ utf8: [UInt8]) -> Self {
    text(count: utf8.count)
    out.append(utf8)
    return self
  }

  /// The head of a text; its `count` bytes must follow.
  @discardableResult
  func text(count: Int) -> Self { head(UInt64(count), fixed: 0xa0, below: 32, 0xd9) }

  @discardableResult
  @inline(never)
  func text(_ text: StaticString) -> Self { self.text(bytes(text)) }

  @discardableResult
  @inline(never)
  func binary(_ data: [UInt8]) -> Self {
    binary(count: data.count)
    out.append(data)
    return self
  }

  /// The head of bytes; `count` of them must follow.
  @discardableResult
  func binary(count: Int) -> Self { head(UInt64(count), fixed: 0, below: 0, 0xc4) }

  /// The head of an array; its `count` elements must follow.
  @discardableResult
  func array(_ count: Int) -> Self { head(UInt64(count), fixed: 0x90, below: 16, 0xdc, width: 2) }

  /// The head of a map; `count` pairs of key and value must follow.
  @discardableResult
  func map(_ count: Int) -> Self { head(UInt64(count), fixed: 0x80, below: 16, 0xde, width: 2) }

  /// A number or count: in one byte with the bits of `fixed` if it is below `limit`, else after a tag. `tag` is the one for `width` bytes;
  /// the tags that follow it are for 2, 4, … times as many.
  @discardableResult
  @inline(never)
  private func head(_ value: UInt64, fixed: UInt64, below limit: UInt64, _ tag: UInt8, width: Int = 1) -> Self {
    var (tag, width) = (tag, width)
    while width < 8, value >> UInt64(8 * width) > 0 { (tag, width) = (tag + 1, 2 * width) }
    if value >= limit { out.append(tag) }
    out.appendBig(value < limit ? fixed | value : value, value < limit ? 1 : width)
    return self
  }
}
