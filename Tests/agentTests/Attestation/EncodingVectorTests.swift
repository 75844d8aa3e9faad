import Testing

@testable import agent

@Suite struct SCALETests {
  @Test(arguments: Vectors.compact) func compact(value: UInt64, encoded: String) {
    let out = ByteBuffer()
    SCALEWriter(out).compact(value)
    #expect(out.storage == Vectors.data(encoded))
  }

  @Test func values() {
    let out = ByteBuffer()
    let scale = SCALEWriter(out)
    scale.byte(7)
    scale.bool(true)
    scale.bool(false)
    scale.uint32(0xdead_beef)
    scale.uint64(1 << 40 | 5)
    scale.data(Array("text".utf8))
    #expect(out.storage == Vectors.data(Vectors.scale))
  }
}

@Suite struct MessagePackTests {
  @Test(arguments: Vectors.unsigned) func unsigned(value: UInt64, encoded: String) {
    let out = ByteBuffer()
    MessagePackWriter(out).unsigned(value)
    #expect(out.storage == Vectors.data(encoded))
  }

  @Test func literal() {
    let out = ByteBuffer()
    MessagePackWriter(out).text("text")
    #expect(out.storage == [0xa4] + Array("text".utf8))
  }

  @Test func heads() {
    for (count, text, binary, array, map) in Vectors.heads {
      let body = [UInt8](repeating: UInt8(ascii: "x"), count: count)
      func head(_ write: (MessagePackWriter) -> Void) -> [UInt8] {
        let out = ByteBuffer()
        write(MessagePackWriter(out))
        return out.storage
      }
      #expect(head { $0.text(body) } == Vectors.data(text) + body)
      #expect(head { $0.binary(body) } == Vectors.data(binary) + body)
      #expect(head { $0.array(count) } == Vectors.data(array))
      #expect(head { $0.map(count) } == Vectors.data(map))
    }
  }
}

@Suite struct Base64VectorTests {
  @Test(arguments: Vectors.base64) func bothWays(data: String, text: String) {
    #expect(Base64.encode(Vectors.data(data)) == Array(text.utf8))
    #expect(Base64.decode(Array(text.utf8)) == Vectors.data(data))
  }

  @Test(arguments: ["Zg=", "Zg", "Zh==", "Zm9=", "=", "====", "Z===", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm9-"])
  func refused(text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }
}
