/// The GPU attestation that the startup of a full dstack image may have left; this agent makes none.
final class GPUEvidence {
  private static let file: StaticString = "/run/nvidia-gpu-attestation/attestation.out"

  private var hasWarned = false

  /// The file's bytes; nil if there is none, as on most machines, or if it cannot be read, which is logged once.
  func read() -> [UInt8]? {
    let path = bytes(Self.file)
    guard Files.exists(path) else { return nil }
    do throws(AgentError) {
      return try Files.readRegular(path, limit: Limits.gpuAttestation)
    } catch {
      if !hasWarned { Log.warning(error.during(Self.file).text) }
      hasWarned = true
      return nil
    }
  }
}
