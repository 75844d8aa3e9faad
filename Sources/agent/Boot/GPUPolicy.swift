/// What an app demands of GPUs (app-compose's `requirements.gpu_policy`). This agent attests none, so that what the app would let an
/// attested one pass is read and measured, and is of no use beyond that.
struct GPUPolicy {
  /// Whether the machine may have none but attested ones.
  let needsAttestation: Bool
  /// RFC 8785's form of the object as it is given, `{}` if it is absent: what is measured.
  let canonical: [UInt8]

  /// The members in the order of that form (§3.2.3). All are flags: there is nothing else to bring into a form.
  private static let flags: [StaticString] = ["allow_debug", "allow_devtools", "allow_insecure_boot", "attest_gpu"]

  /// That of an app's requirements, nil if there are none; their object keeps what is wrong with it. `null` is no absence here, because
  /// others have its hash.
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
