import Testing

@testable import agent

struct DNSMessageTests {
  private let name = Array("kms.test".utf8)
  private let question = octets("0102" + "01000001000000000000" + "036b6d73047465737400" + "00010001")
  private let record = octets("c00c" + "00010001" + "0000003c" + "0004" + "7f000001")

  private func answer(_ flags: String = "8180", count: Int, _ records: [UInt8]) -> [UInt8] {
    octets("0102" + flags + "0001") + [UInt8(count >> 8), UInt8(count & 255), 0, 0, 0, 0] + question[12...] + records
  }

  @Test func ask() {
    #expect(DNSMessage.question(name, type: DNSMessage.a, id: [1, 2]) == question)
    #expect(DNSMessage.question(name, type: DNSMessage.aaaa, id: [1, 2])?.suffix(4) == [0, 28, 0, 1])
    let label = [UInt8](repeating: 0x61, count: 63)
    #expect(DNSMessage.question(label, type: 1, id: [1, 2]) != nil)
    #expect(DNSMessage.question(label + [0x61], type: 1, id: [1, 2]) == nil)
    // four labels of 63, 63, 63 and 61 bytes are the longest name
    let dot: [UInt8] = [0x2e]
    let long = label + dot + label + dot + label + dot + label[2...]
    #expect(DNSMessage.question(long, type: 1, id: [1, 2])?.count == 12 + 255 + 4)
    #expect(DNSMessage.question(label + dot + label + dot + label + dot + label[1...], type: 1, id: [1, 2]) == nil)
    for text in ["", ".", "a.", ".a", "a..b"] { #expect(DNSMessage.question(Array(text.utf8), type: 1, id: [1, 2]) == nil) }
  }

  @Test func addresses() {
    let alias = octets("c00c" + "00050001" + "0000003c" + "0004" + "0161c010")
    let other = octets("0161c010" + "00010001" + "0000003c" + "0004" + "0a000001")
    #expect(DNSMessage.addresses(answer(count: 3, alias + record + other), to: question) == [[127, 0, 0, 1], [10, 0, 0, 1]])
    #expect(DNSMessage.addresses(answer(count: 0, []), to: question) == [])
    // fewer than there are said to be, another class, another size
    #expect(DNSMessage.addresses(answer(count: 9, record), to: question) == [[127, 0, 0, 1]])
    for odd in ["c00c" + "00010003" + "0000003c" + "0004" + "7f000001", "c00c" + "00010001" + "0000003c" + "0002" + "7f00"] {
      #expect(DNSMessage.addresses(answer(count: 1, octets(odd)), to: question) == [])
    }
    // no such name
    #expect(DNSMessage.addresses(answer("8183", count: 1, record), to: question) == nil)
  }

  @Test func limit() {
    var records: [UInt8] = []
    for _ in 0...Limits.nameAddresses { records += record }
    #expect(DNSMessage.addresses(answer(count: Limits.nameAddresses, records), to: question)?.count == Limits.nameAddresses)
    #expect(DNSMessage.addresses(answer(count: Limits.nameAddresses + 1, records), to: question)?.count == Limits.nameAddresses)
  }

  @Test func belongs() {
    let whole = answer(count: 1, record)
    #expect(DNSMessage.isAnswer(whole, to: question))
    for place in [0, 1] + Array(12..<question.count) {
      var changed = whole
      changed[place] ^= 1
      #expect(!DNSMessage.isAnswer(changed, to: question))
    }
    #expect(!DNSMessage.isAnswer(answer("0100", count: 1, record), to: question))
    for length in 0..<question.count { #expect(!DNSMessage.isAnswer(Array(whole[..<length]), to: question)) }
    for length in question.count..<whole.count {
      #expect(DNSMessage.addresses(Array(whole[..<length]), to: question) == [])
    }
  }

  /// A pointer, a label or a size that leads outside.
  @Test(arguments: ["c0", "3f61", "40", "ff", "c00c00010001000000000005" + "00"]) func hostile(_ record: String) {
    #expect(DNSMessage.addresses(answer(count: 65535, octets(record)), to: question) == [])
  }
}
