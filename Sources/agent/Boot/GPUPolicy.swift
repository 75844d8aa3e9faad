/// What an app demands of GPUs (app-compose's `requirements.gpu_policy`). This agent cannot attest GPUs, so the flags about
/// attested ones are only validated and measured.
struct GPUPolicy {
  /// Whether every GPU must be attested.
  let needsAttestation: Bool
  /// The object in the canonical form of RFC 8785, which is measured; `{}` if it is absent.
  let canonical: [UInt8]

  /// The members in canonical order (RFC 8785 §3.2.3). All are flags, so nothing else needs a canonical form.
  private static let flags: [StaticString] = ["allow_debug", "allow_devtools", "allow_insecure_boot", "attest_gpu"]

  /// Reads the policy of an app's requirements, nil if it has none; errors stay in that object. `null` is refused here instead of
  /// counting as absent, because it has another hash.
  init(in requirements: JSONObject?) {
    if let requirements, requirements.isNull("gpu_policy") { requirements.fail("gpu_policy", "is null") }
    let object = requirements?.object("gpu_policy", foreign: JSONObject.unknownMember)
    let json = JSONWriter(ByteBuffer())
    json.beginObject()
    if let object {
      if object.has("rego") { object.fail("rego", "needs an evaluator, which this agent does not have") }
      for name in Self.flags {
        if object.isNull(name) { object.fail(name, "is null") }
        guard let flag = object.flag(name) else { continue }
        json.bool(name, flag)
      }
    }
    json.endObject()
    canonical = json.out.storage
    needsAttestation = object?.flag("attest_gpu") ?? true
  }
}
