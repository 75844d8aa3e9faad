/// The forms in which events stand in evidence.
enum EventForm: Int, CaseIterable {
  /// An object behind a comma, as in GetQuote and Info.
  case json
  /// In an attestation of version 0 and 1.
  case scale, pack
  /// In the same ones as they are in certificates, without what a verifier of those does not need.
  case strippedScale, strippedPack
  /// Of a runtime event what it was measured from.
  case runtimeScale, runtimePack

  var isStripped: Bool { self == .strippedScale || self == .strippedPack }

  /// Whether an event has one.
  func has(_ event: LogEvent) -> Bool {
    switch self {
    case .json, .scale, .pack: true
    case .strippedScale, .strippedPack: event.isInCertificates
    case .runtimeScale, .runtimePack: event.version != nil
    }
  }
}
