enum CryptoChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    switch operation {
    case "digest": return [try TdxQuote.digest(inputs[0], inputs[1])]
    case "secret-sha256": return [CheckOutput.open(try Hash.sha256(try inputs.secret(0)))]
    case "hkdf":
      let count = Int(try inputs.number(3) & 0xffff)
      return [CheckOutput.open(try Hash.hkdf(try inputs.secret(0), salt: inputs[1], info: inputs[2], count: count))]
    case "secp256k1-sign":
      let secret = try inputs.secret(0)
      return [try Secp256k1.publicKey(of: secret), try Secp256k1.signRecoverable(inputs[1], with: secret)]
    case "secp256k1-verify": return [CheckOutput.flag(try Secp256k1.verify(inputs[2], inputs[1], by: inputs[0]))]
    case "ed25519-sign":
      let key = try Ed25519(seed: try inputs.secret(0))
      return [key.publicKey, key.sign(inputs[1])]
    case "ed25519-verify": return [CheckOutput.flag(try Ed25519.verify(inputs[2], inputs[1], by: inputs[0]))]
    case "p256":
      let key = try P256(scalar: try inputs.secret(0))
      return [key.publicKey, CheckOutput.open(try key.pkcs8()), CheckOutput.open(try key.pem())]
    case "p256-pem":
      let key = try P256(pem: try inputs.secret(0))
      return [key.publicKey, key.spki]
    case "x25519": return [CheckOutput.open(try Sealing.x25519(try inputs.secret(0), inputs[1]))]
    case "aes-gcm": return [CheckOutput.open(try Sealing.openAESGCM(inputs[2], key: try inputs.secret(0), nonce: inputs[1]))]
    case "unseal": return [CheckOutput.open(try Sealing.open(inputs[1], with: try inputs.secret(0)))]
    default: return nil
    }
  }
}
