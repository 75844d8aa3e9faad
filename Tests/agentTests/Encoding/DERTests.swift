import Testing

@testable import agent

struct DERTests {
  /// X.690 §8.1.3 and §10.1: the shortest form at each change of width.
  @Test(arguments: [
    (0, "0400"), (1, "0401"), (127, "047f"), (128, "048180"), (255, "0481ff"), (256, "04820100"), (65535, "0482ffff"),
    (65536, "0483010000"),
  ])
  func lengths(_ count: Int, _ head: String) throws {
    let content = [UInt8](repeating: 7, count: count)
    let element = DER.element(DER.octetString, content)
    #expect(element == octets(head) + content)
    #expect(try DER.only(DER.octetString, ArraySource(element), element.indices).count == count)
  }

  /// X.690 §8.3: no leading zeros but the one that keeps the number positive.
  @Test(arguments: [
    ("", "020100"), ("00", "020100"), ("0000", "020100"), ("01", "020101"), ("7f", "02017f"), ("80", "02020080"),
    ("0080", "02020080"), ("ff00", "020300ff00"), ("00007fff", "02027fff"),
  ])
  func unsigned(_ digits: String, _ der: String) {
    #expect(DER.unsigned(octets(digits)) == octets(der))
  }

  @Test func nesting() throws {
    let der = DER.sequence(DER.unsigned([5]), DER.element(DER.context(3, constructed: true), DER.bits([1, 2])))
    #expect(der == octets("300a 020105 a305 0303000102".filter { $0 != " " }))
    let source = ArraySource(der)
    var fields = try DER.only(DER.sequence, source, der.indices)
    #expect(DER.matches(source, try DER.take(DER.integer, source, &fields), [5]))
    #expect(DER.tag(source, fields) == 0xa3)
    var rest = fields
    let whole = try DER.takeAny(source, &rest)
    #expect(whole == fields)
    #expect(rest.isEmpty)
    #expect(DER.tag(source, rest) == nil)
    let inner = try DER.take(0xa3, source, &fields)
    #expect(DER.matches(source, try DER.only(DER.bitString, source, inner), [0, 1, 2]))
  }

  /// Nothing, a tag alone, another tag, lengths beyond the end, lengths not in their shortest form, the indefinite form, a length of
  /// five bytes, and something behind the element.
  @Test(arguments: [
    "", "04", "0500", "0401", "040201", "048100", "04817f", "04820001aa", "0480", "0480aa0000", "048180", "0481",
    "0484ffffffff",
    "04850000000001aa", "04ff", "040000", "0401aabb",
  ])
  func malformed(_ der: String) {
    let der = octets(der)
    #expect(refusal { _ = try DER.only(DER.octetString, ArraySource(der), der.indices) } == .invalid)
  }

  /// An element must end where the one around it ends, even if there are more bytes.
  @Test func inside() {
    let der = ArraySource(octets("3003040201ffff"))
    #expect(
      refusal {
        var rest = 0..<5
        var fields = try DER.take(DER.sequence, der, &rest)
        _ = try DER.take(DER.octetString, der, &fields)
      } == .invalid)
  }
}
