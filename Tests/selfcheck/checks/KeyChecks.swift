enum KeyChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    switch operation {
    case "get-key":
      let arguments = GetKey.Arguments(path: inputs[2], purpose: inputs[3], algorithm: inputs[4])
      let answer = try GetKey(arguments, try keys(inputs))
      return [CheckOutput.open(answer.derived.secret)] + answer.derived.signatureChain
    case "get-key-v1":
      let answer = try GetKeyV1(GetKeyV1.Arguments(domain: inputs[2], algorithm: inputs[3]), try keys(inputs))
      return [CheckOutput.open(answer.derived.secret), answer.derived.publicKey] + answer.derived.signatureChain
    case "sign":
      let algorithm = try SignatureAlgorithm(inputs[2])
      let signer = try SigningKeys().key(algorithm.curve, of: try keys(inputs))
      return [signer.publicKey, try signer.sign(algorithm.message(inputs[3]))] + signer.signatureChain
    case "verify":
      let answer = try Verify(
        Verify.Arguments(algorithm: inputs[0], data: inputs[1], signature: inputs[2], publicKey: inputs[3]))
      return [CheckOutput.flag(answer.isValid)]
    case "derive-key":
      let key = try P256(scalar: try Hash.derive(try inputs.secret(0), inputs[1]))
      return [key.spki, CheckOutput.open(try key.pem())]
    case "seed-keys":
      let keys = try SeedKeys(seed: try inputs.secret(0))
      return [keys.ca.publicKey, CheckOutput.open(keys.diskCryptKey), CheckOutput.open(keys.k256Key)]
    case "app-keys":
      let keys = try AppKeys.parse(try inputs.secret(0))
      return [
        CheckOutput.open(keys.diskCryptKey), CheckOutput.open(keys.k256Key), keys.k256Signature, keys.gatewayAppId, keys.caCert,
        CheckOutput.open(keys.provider.key),
      ]
    default: return nil
    }
  }

  /// The keys of an app whose key and root signature are the first two inputs.
  private static func keys(_ inputs: CheckInputs) throws(AgentError) -> AppKeys {
    AppKeys(
      diskCryptKey: try Secret(count: 32), envCryptKey: nil, k256Key: try inputs.secret(0), k256Signature: inputs[1],
      gatewayAppId: [], caCert: [], provider: KeyProvider(kind: .none, key: try Secret()))
  }
}
