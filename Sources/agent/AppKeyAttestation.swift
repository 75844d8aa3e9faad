/// The last attestation of a signing key. Anyone may ask for one, so that they come one after the other at the expense of the app's
/// own quotes: one that is `Limits.attestationReuse` old at most is given again, unless RTMR3 was extended since.
final class AppKeyAttestation {
  private var kept: (stamp: Int, expiry: Int64, value: VersionedAttestation)?

  func value(stamp: Int) -> VersionedAttestation? {
    guard let kept, kept.stamp == stamp, Clock.monotonic() < kept.expiry else { return nil }
    return kept.value
  }

  func keep(_ value: VersionedAttestation, stamp: Int) {
    kept = (stamp, Clock.monotonic() + Limits.attestationReuse, value)
  }
}

extension Agent {
  /// An attestation of the signing key of a curve over its report data.
  func attestAppKey(
    _ curve: KeyCurve, _ reportData: [UInt8], _ answer: @escaping Evidence.Answer<VersionedAttestation>
  ) throws(AgentError) {
    let last = curve == .ed25519 ? ed25519Attestation : secp256k1Attestation
    let stamp = try evidence.stamp()
    if let value = last.value(stamp: stamp) { return answer(.success(value)) }
    try evidence.attestation(reportData) { result in
      if case .success(let value) = result { last.keep(value, stamp: stamp) }
      answer(result)
    }
  }
}
