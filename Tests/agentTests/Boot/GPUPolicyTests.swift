import Foundation
import Testing

@testable import agent

struct GPUPolicyTests {
  private static let flags = ["allow_debug", "allow_devtools", "allow_insecure_boot", "attest_gpu"]

  /// The policy of these requirements.
  private static func policy(_ requirements: String) throws -> GPUPolicy {
    let object = JSONObject(utf8(requirements))
    let policy = GPUPolicy(in: object)
    try object.finish()
    return policy
  }

  @Test func defaults() throws {
    for policy in [GPUPolicy(in: nil), try Self.policy("{}"), try Self.policy(#"{"gpu_policy":{ }}"#)] {
      #expect(policy.needsAttestation)
      #expect(policy.canonical == utf8("{}"))
    }
  }

  /// Each flag alone with each value: an explicit default is measured as given.
  @Test func single() throws {
    for name in Self.flags {
      for value in ["true", "false"] {
        let policy = try Self.policy(#"{"gpu_policy":{ "\#(name)" :\#(value)}}"#)
        #expect(policy.canonical == utf8(#"{"\#(name)":\#(value)}"#))
        #expect(policy.needsAttestation == (name != "attest_gpu" || value == "true"))
        for wrong in ["null", "1", #""true""#, "{}"] {
          let text = failureText { _ = try Self.policy(#"{"gpu_policy":{"\#(name)":\#(wrong)}}"#) }
          #expect(text?.hasPrefix("gpu_policy: \(name): ") == true)
        }
      }
    }
  }

  /// The order of RFC 8785 §3.2.3, whatever the order in the text and whatever escapes the names have.
  @Test func order() throws {
    let policy = try Self.policy(
      #"{"gpu_policy":{"attest_gpu":false,"\u0061llow_insecure_boot":true,"allow_debug":true,"allow_devtools":false}}"#)
    #expect(
      policy.canonical
        == utf8(#"{"allow_debug":true,"allow_devtools":false,"allow_insecure_boot":true,"attest_gpu":false}"#))
    #expect(!policy.needsAttestation)
  }

  @Test func refused() throws {
    for (value, text) in [
      ("null", "gpu_policy: is null"),
      (#"{"new":true}"#, "gpu_policy: has a member that this agent does not know"),
      (#"{"attest_gpu":true,"ATTEST_GPU":true}"#, "gpu_policy: has a member that this agent does not know"),
      (#"{"attest_gpu":true,"attest_gpu":true}"#, "gpu_policy: attest_gpu: is given twice"),
      (#"{"attest_gpu":null}"#, "gpu_policy: attest_gpu: is null"),
      (#"{"rego":"package policy"}"#, "gpu_policy: rego: needs an evaluator, which this agent does not have"),
      (#"{"rego":null}"#, "gpu_policy: rego: needs an evaluator, which this agent does not have"),
    ] {
      #expect(failureText { _ = try Self.policy(#"{"gpu_policy":\#(value)}"#) } == text)
    }
    #expect(failureText { _ = try Self.policy(#"{"gpu_policy":[]}"#) }?.hasPrefix("gpu_policy: ") == true)
  }

  /// Known answers; the last has a policy in Rego, which is refused before it is measured.
  @Test(arguments: [
    ("{}", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    (#"{"gpu_policy":{"attest_gpu":true}}"#, "81f5d3ad40653341232238c4ca656bddddc297d6382ae2ab391e4bb36dd80b66"),
    (#"{"gpu_policy":{"rego":"package policy","allow_debug":false}}"#, nil),
  ])
  func hash(_ requirements: String, _ hash: String?) throws {
    let members = #""requirements":\#(requirements)"#
    guard let hash else {
      #expect(
        failureText { _ = try compose(members, manifest: #""3""#) }?.hasPrefix("requirements: gpu_policy: rego: ") == true)
      return
    }
    let values = LaunchValues(composeFile: [], try compose(members, manifest: #""3""#), InstanceInfo())
    #expect(values.gpuPolicyHash == Hex.decode(utf8(hash)))
  }
}
