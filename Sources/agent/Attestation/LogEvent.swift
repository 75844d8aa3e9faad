/// One line of evidence: what extended a register, in the form that verifiers replay.
struct LogEvent {
  /// RTMR 0 to 3.
  let register: UInt32
  let type: UInt32
  /// SHA-384, 48 bytes; empty where the verifier recomputes it.
  let digest: [UInt8]
  /// UTF-8; empty for most events of the firmware.
  var name: [UInt8] = []
  var payload: [UInt8] = []
  /// What the digest is taken of: version-2 runtime events only.
  var preimage: [UInt8]?

  /// Whether this is one of the three measurements of the ACPI tables that image verifiers need; `CCEL` gives those names.
  var isACPI: Bool { register == 0 && !name.isEmpty }
}

extension LogEvent {
  /// A runtime event. Where `stripped`, version-1 digests are left out: verifiers form them anew, while those of version 2 they
  /// compare with the preimage.
  init(_ event: RuntimeEvent, stripped: Bool) {
    self.init(
      register: RuntimeEvent.register, type: RuntimeEvent.type, digest: stripped && event.version == .one ? [] : event.digest,
      name: event.name, payload: event.payload, preimage: event.version == .two ? event.preimage : nil)
  }
}
