import CSodium

// Hex of keys, by libsodium: no branch and no address depends on a digit.

extension ByteBuffer {
  /// Two lower-case digits per byte.
  func appendHex(_ key: borrowing Secret) {
    let count = key.count
    key.withUnsafeBytes { key in
      // libsodium adds a NUL after the digits
      append(upTo: 2 * count + 1) { room in
        room.withUnsafeMutableBufferPointer { text, used in
          guard let base = text.baseAddress else { return }
          base.withMemoryRebound(to: CChar.self, capacity: 2 * count + 1) { _ = sodium_bin2hex($0, 2 * count + 1, key, count) }
          used = 2 * count
        }
      }
    }
  }
}

extension JSONWriter {
  /// A string of two lower-case hex digits per byte.
  func hex(_ key: borrowing Secret) { string { $0.appendHex(key) } }

  /// A member that is a string of a key's hex digits.
  @inline(never)
  func hex(_ name: StaticString, _ key: borrowing Secret) { self.name(name).hex(key) }
}

extension Secret {
  /// The bytes of hex digits, in either case. Throws `.failed` for anything else, and if memory is short.
  init(hex digits: borrowing Secret) throws(AgentError) {
    let (size, count) = (digits.count / 2, digits.count)
    var key = try Secret(count: size)
    let rc = digits.withUnsafeBytes { digits in
      digits.withMemoryRebound(to: CChar.self, capacity: count) { digits in
        key.withUnsafeMutableBytes { sodium_hex2bin($0, size, digits, count, nil, nil, nil) }
      }
    }
    guard rc == 0 else { throw .failed("is not hex") }
    self = key
  }
}
