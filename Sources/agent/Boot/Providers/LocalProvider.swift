/// The host's local key provider, an SGX enclave. It would seal the keys to whoever it answers, so its quote would have to be verified
/// up to Intel's root with fresh collateral. While that is missing, a host could put itself in the enclave's place.
enum LocalProvider {
  static var refusal: AgentError {
    .invalid(
      "the key provider local is refused: this agent cannot verify the enclave's quote, and the host could read the keys")
  }
}
