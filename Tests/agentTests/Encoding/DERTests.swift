import Testing

@testable import agent

struct DERTests {
  /// X.690 §8.1.3 and §10.1: the shortest form at each change of width.
  @Test(arguments: [
    (0, "0400"), (1, "0401"), (127, "047f"), (128, "048180"), (255, "0481ff"), (256, "04820100"), (65535, "0482ffff"),
    (65536, "0483010000"),
  ])
  func lengths(_ count: Int, _ head: String) {
    let content = [UInt8](repeating: 7, count: count)
    let element = DER.element(DER.octetString, content)
    #expect(element == octets(head) + content)
  }

  /// X.690 §8.3: no leading zeros but the one that keeps the number positive.
  @Test(arguments: [
    ("", "020100"), ("00", "020100"), ("0000", "020100"), ("01", "020101"), ("7f", "02017f"), ("80", "02020080"),
    ("0080", "02020080"), ("ff00", "020300ff00"), ("00007fff", "02027fff"),
  ])
  func unsigned(_ digits: String, _ der: String) {
    #expect(DER.unsigned(octets(digits)) == octets(der))
  }

  @Test func nesting() {
    let der = DER.sequence(DER.unsigned([5]) + DER.element(DER.context(3, constructed: true), DER.bits([1, 2])))
    #expect(der == octets("300a 020105 a305 0303000102".filter { $0 != " " }))
  }
}
