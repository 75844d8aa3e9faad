/// The curves of derived keys.
enum KeyCurve {
  case secp256k1, ed25519

  /// Nil for any text but a curve's name.
  init?(_ name: [UInt8]) {
    for curve in [KeyCurve.secp256k1, .ed25519] where name.matches(curve.name) {
      self = curve
      return
    }
    return nil
  }

  /// As v0's GetKey names them: secp256k1 is the default, and has an alias.
  init?(forGetKey name: [UInt8]) { self.init(name.isEmpty || name.matches("k256") ? bytes("secp256k1") : name) }

  var name: StaticString {
    switch self {
    case .secp256k1: "secp256k1"
    case .ed25519: "ed25519"
    }
  }
}

/// The algorithms of Sign and Verify.
enum SignatureAlgorithm {
  /// ECDSA over the SHA-256 digest of the data.
  case secp256k1
  /// ECDSA over data that is already a 32-byte digest.
  case secp256k1Prehashed
  /// Over the data itself (RFC 8032).
  case ed25519

  /// Throws `.invalid` for an unknown name.
  init(_ name: [UInt8]) throws(AgentError) {
    if name.matches("secp256k1") || name.matches("k256") {
      self = .secp256k1
    } else if name.matches("secp256k1_prehashed") {
      self = .secp256k1Prehashed
    } else if name.matches("ed25519") {
      self = .ed25519
    } else {
      throw .unsupportedAlgorithm
    }
  }

  var curve: KeyCurve {
    switch self {
    case .secp256k1, .secp256k1Prehashed: .secp256k1
    case .ed25519: .ed25519
    }
  }

  /// What the curve's signature covers.
  func message(_ data: [UInt8]) throws(AgentError) -> [UInt8] {
    switch self {
    case .secp256k1: return Hash.sha256(data)
    case .ed25519: return data
    case .secp256k1Prehashed:
      guard data.count == 32 else {
        let text = bytes("Pre-hashed signing requires a 32-byte digest, but received ") + decimal(data.count) + " bytes"
        throw AgentError(.invalid, text)
      }
      return data
    }
  }
}

extension AgentError {
  /// Clients of upstream look for this text.
  static var unsupportedAlgorithm: AgentError { .invalid("Unsupported algorithm") }
}
