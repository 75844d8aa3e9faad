/// A request to sign a certificate, version 2 (docs/spec/kms.md).
enum SigningRequest {
  /// The request in SCALE, for a key as DER SubjectPublicKeyInfo. `attestation` must be bound to that key.
  static func encode(
    _ request: LeafRequest, _ spki: [UInt8], hasEvidence: Bool, hasAppInfo: Bool, attestation: BodyReader
  ) -> BodyReader {
    let out = ByteBuffer()
    let scale = SCALEWriter(out)
    scale.data(bytes("please sign cert:"))
    scale.data(spki)
    // no organisation
    scale.bool(false)
    scale.data(request.subject)
    scale.compact(UInt64(request.altNames.count))
    for name in request.altNames { scale.data(name) }
    scale.bool(request.serverAuth)
    scale.bool(request.clientAuth)
    scale.bool(hasEvidence)
    scale.bool(hasAppInfo)
    for date in [request.notBefore, request.notAfter] {
      scale.bool(date != nil)
      if let date { scale.uint64(date) }
    }
    out.insert(attestation)
    return JoinedBody(out)
  }
}
