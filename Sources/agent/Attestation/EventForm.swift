/// The forms of events in evidence.
enum EventForm: Int, CaseIterable {
  /// An object after a comma, as in GetQuote and Info.
  case json
  /// As in an attestation of version 0 and of version 1.
  case scale, pack
  /// As in those attestations within certificates, without what a certificate's verifier does not need.
  case strippedScale, strippedPack
  /// Only what a runtime event was measured from.
  case runtimeScale, runtimePack

  var isStripped: Bool { self == .strippedScale || self == .strippedPack }

  /// Whether an event appears in this form.
  func has(_ event: LogEvent) -> Bool {
    switch self {
    case .json, .scale, .pack: true
    case .strippedScale, .strippedPack: event.isInCertificates
    case .runtimeScale, .runtimePack: event.version != nil
    }
  }
}
