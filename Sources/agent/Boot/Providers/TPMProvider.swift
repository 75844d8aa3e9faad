/// Keys that a vTPM has sealed. The vTPM of the platforms that have one is the cloud's, and its state would have to be verified like a
/// quote; while that is missing, a host could answer in its place.
enum TPMProvider {
  static var refusal: AgentError {
    .invalid("the key provider tpm is refused: this agent cannot verify the vTPM, and the host could read the keys")
  }
}
