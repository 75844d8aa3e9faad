/// One line of evidence: what extended a register, in the form that verifiers replay.
struct LogEvent {
  /// RTMR 0 to 3.
  let register: UInt32
  let type: UInt32
  /// SHA-384, 48 bytes.
  let digest: [UInt8]
  /// UTF-8; empty for most events of the firmware.
  let name: [UInt8]
  /// The part of the payload that is held here, and the size of the whole payload.
  let payload: [UInt8]
  let payloadSize: Int
  /// How the digest of a runtime event is formed; nil for the firmware's.
  let version: RuntimeEvent.Version?

  init(
    register: UInt32, type: UInt32, digest: [UInt8], name: [UInt8] = [], payload: [UInt8] = [], payloadSize: Int? = nil,
    version: RuntimeEvent.Version? = nil
  ) {
    self.register = register
    self.type = type
    self.digest = digest
    self.name = name
    self.payload = payload
    self.payloadSize = payloadSize ?? payload.count
    self.version = version
  }

  /// From a runtime event.
  init(_ event: RuntimeEvent) {
    self.init(
      register: RuntimeEvent.register, type: RuntimeEvent.type, digest: event.digest, name: event.name, payload: event.payload,
      version: event.version)
  }

  /// Whether a certificate's verifier needs it: events of RTMR3, and the three measurements of ACPI tables that image verifiers need (which
  /// `CCEL` names).
  var isInCertificates: Bool { register == RuntimeEvent.register || register == 0 && !name.isEmpty }
}
