import Foundation
import Testing

@testable import agent

struct JSONWriterTests {
  private static func written(_ write: (JSONWriter) -> Void) -> [UInt8] {
    let json = JSONWriter(ByteBuffer(capacity: 0))
    write(json)
    return json.out.storage
  }

  private static func string(_ text: [UInt8]) -> [UInt8] { written { $0.string(text) } }

  @Test func structure() throws {
    let out = Self.written { json in
      json.object { json in
        json.name("list").array { json in
          json.number(Int.min)
          json.number(UInt64.max)
          json.bool(true)
          json.bool(false)
          json.null()
          json.string("text")
          json.hex([0x00, 0xff])
          json.array { _ in }
          json.object { _ in }
          json.array { $0.number(1) }
        }
        json.name("empty").string([] as [UInt8])
        json.name("nested").object { json in
          json.name("a").null()
          json.name("b").object { _ in }
        }
        json.name(bytes("last"))
        json.number(0)
      }
    }
    let expected = """
      {"list":[-9223372036854775808,18446744073709551615,true,false,null,"text","00ff",[],{},[1]],"empty":"",\
      "nested":{"a":null,"b":{}},"last":0}
      """
    #expect(out == Array(expected.utf8))
    #expect(try JSONTree.read(out) == JSONTree.foundation(out))
  }

  /// A member in one call is written as by two.
  @Test func members() throws {
    let secret = try Secret(copying: [0x61, 0x22])
    let out = Self.written { json in
      json.object { json in
        json.string("text", bytes("a\""))
        json.hex("bytes", [0x00, 0xff])
        json.number("number", UInt64.max)
        json.bool("flag", true)
        json.secretString("key", secret.source)
        json.hex("digits", secret)
      }
    }
    #expect(
      out == bytes(#"{"text":"a\"","bytes":"00ff","number":18446744073709551615,"flag":true,"key":"a\"","digits":"6122"}"#))
  }

  @Test(arguments: [
    ("\"", "\\\""), ("\\", "\\\\"), ("/", "/"), ("\n\r\t", "\\n\\r\\t"),
    ("\u{8}\u{c}\u{0}\u{1f}", "\\u0008\\u000c\\u0000\\u001f"), ("\u{7f}", "\\u007f"),
    ("é", "\\u00e9"), ("€", "\\u20ac"), ("😀", "\\ud83d\\ude00"), ("\u{10000}", "\\ud800\\udc00"),
    ("\u{10ffff}", "\\udbff\\udfff"), ("\u{ffff}", "\\uffff"),
    ("\u{2028}", "\\u2028"), ("<&>", "<&>"), ("aé\"b", "a\\u00e9\\\"b"),
  ])
  func escapes(_ text: String, _ inside: String) {
    #expect(Self.string(Array(text.utf8)) == Array("\"\(inside)\"".utf8))
  }

  /// Whatever the bytes, the text is ASCII, and Foundation reads out of it what Swift's own decoder makes of the bytes, which puts
  /// U+FFFD for each longest broken part (Unicode 3.9, table 3-8).
  private static func disagreements(_ inputs: some Sequence<[UInt8]>) throws -> [[UInt8]] {
    let inputs = Array(inputs)
    // one array for all: a call of JSONSerialization for each would take minutes
    let out = written { json in json.array { json in for input in inputs { json.string(input) } } }
    #expect(out.allSatisfy { $0 >= 0x20 && $0 < 0x7f })
    let texts = try #require(JSONSerialization.jsonObject(with: Data(out)) as? [String])
    #expect(texts.count == inputs.count)
    return zip(inputs, texts).compactMap { input, text in
      Array(text.utf8) == Array(String(decoding: input, as: Unicode.UTF8.self).utf8) ? nil : input
    }
  }

  @Test func everySequenceOfTwoBytes() throws {
    let all = (0...255).map { UInt8($0) }
    #expect(try Self.disagreements(all.map { [$0] }) == [])
    #expect(try Self.disagreements(all.flatMap { first in all.map { [first, $0] } }) == [])
  }

  @Test func longerSequences() throws {
    let edges: [UInt8] = [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc3, 0xe0, 0xed, 0xf0, 0xf4]
    let three = edges.flatMap { first in edges.flatMap { second in edges.map { [first, second, $0] } } }
    #expect(try Self.disagreements(three) == [])
    #expect(try Self.disagreements(three.flatMap { start in edges.map { start + [$0] } }) == [])
  }

  @Test(arguments: [
    ("c3", "\\ufffd"), ("e282", "\\ufffd"), ("f09f98", "\\ufffd"), ("61f09f98", "a\\ufffd"), ("e28261", "\\ufffda"),
    ("e282c3a9", "\\ufffd\\u00e9"),
    ("eda080", "\\ufffd\\ufffd\\ufffd"), ("c080", "\\ufffd\\ufffd"), ("ff", "\\ufffd"), ("e28222", "\\ufffd\\\""),
    ("e2e282ac", "\\ufffd\\u20ac"),
  ])
  func brokenUTF8(_ digits: String, _ inside: String) {
    #expect(Self.string(octets(digits)) == Array("\"\(inside)\"".utf8))
  }

  /// Two texts one after the other: nothing of the first one's broken end comes into the second.
  @Test func anUnfinishedTextDoesNotLeak() {
    let out = Self.written { json in
      json.array { json in
        json.string(octets("e2"))
        json.string(octets("82ac"))
      }
    }
    #expect(out == bytes("[\"\\ufffd\",\"\\ufffd\\ufffd\"]"))
  }

  @Test func secrets() throws {
    let text = Array("-----BEGIN\n\"\\".utf8)
    let key = try Secret(copying: text)
    #expect(Self.written { $0.secretString(key.source) } == Self.string(text))
    let out = Self.written { json in
      json.array { json in
        json.secretString(key.source)
        json.hex(key)
      }
    }
    #expect(try JSONTree.foundation(out) == .array([.string(text), .string(Hex.encode(text))]))
  }

  /// The reader gets back what the writer wrote.
  @Test func roundTrip() throws {
    let texts = ["", "plain", "é\u{0}\u{1f}\u{7f}\"\\/", "😀\u{10ffff}\u{e000}\u{d7ff}", String(repeating: "x€", count: 3000)]
    for text in texts {
      var reader = JSONReader(Self.string(Array(text.utf8)))
      #expect(try reader.string() == Array(text.utf8))
      try reader.end()
    }
  }
}
