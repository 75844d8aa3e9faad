import Glibc

@testable import agent

/// A parser of bytes that come from outside. `make fuzz` runs each in a process of its own, and the unit tests run the files in its
/// folder of Tests/fuzz/corpus, whole and truncated at every byte.
struct FuzzTarget: Sendable {
  /// The name of its folder, too.
  let name: String
  /// The most bytes of an input: enough to exceed the parser's own limit, unless that is too slow to be useful.
  let limit: Int
  let run: @Sendable ([UInt8]) -> Void

  init(_ name: String, _ limit: Int, _ run: @escaping @Sendable ([UInt8]) -> Void) {
    self.name = name
    self.limit = limit
    self.run = run
  }
}

private let line = 256
private let text = 1024
private let page = 4 * 1024
private let document = 64 * 1024

/// To add one, add a line here and a few seeds in Tests/fuzz/corpus/<name>.
let fuzzTargets = [
  // what callers send
  FuzzTarget("connection", text, fuzzConnection),
  FuzzTarget("request-head", 2 * Limits.requestHead, fuzzRequestHead),
  FuzzTarget("chunked-body", page, fuzzChunkedBody),
  FuzzTarget("prpc-call", page, fuzzCall),
  FuzzTarget("prpc-json", document, fuzzJSONMessage),
  FuzzTarget("prpc-protobuf", document, fuzzProtobufMessage),
  FuzzTarget("prpc-query", Limits.requestHead, fuzzQueryMessage),
  FuzzTarget("certificate-request", page, fuzzCertificateRequest),
  FuzzTarget("event-name", line, fuzzEventName),
  FuzzTarget("log-query", text, fuzzLogQuery),
  // what the container engine and the app say about the app's health
  FuzzTarget("container-health", page, fuzzContainerHealth),
  FuzzTarget("health-file", page, fuzzHealthFile),
  // encodings
  FuzzTarget("json-reader", document, fuzzJSONReader),
  FuzzTarget("json-object", page, fuzzJSONObject),
  FuzzTarget("json-writer", text, fuzzJSONWriter),
  FuzzTarget("form-encoding", text, fuzzFormEncoding),
  FuzzTarget("digits", text, fuzzDigits),
  FuzzTarget("ip-address", line, fuzzIPAddress),
  FuzzTarget("utf8", text, fuzzUTF8),
  FuzzTarget("terminal-text", text, fuzzTerminalText),
  FuzzTarget("page-text", text, fuzzPageText),
  FuzzTarget("pem", text, fuzzPEM),
  // what the host hands in
  FuzzTarget("fat-label", FATVolume.bootSector, fuzzLabel),
  FuzzTarget("fat-disk", document, fuzzDisk),
  FuzzTarget("app-compose", document, fuzzCompose),
  FuzzTarget("sys-config", document, fuzzSysConfig),
  FuzzTarget("vm-config", document, fuzzVMConfig),
  FuzzTarget("mr-config", page, fuzzMRConfig),
  FuzzTarget("instance-info", text, fuzzInstanceInfo),
  FuzzTarget("user-config", document, fuzzUserConfig),
  FuzzTarget("environment", document, fuzzEnvironment),
  FuzzTarget("sealed-environment", page, fuzzSealedEnvironment),
  FuzzTarget("versions", line, fuzzVersions),
  FuzzTarget("host-url", line, fuzzHostAddress),
  FuzzTarget("disk-header", page, fuzzDiskHeader),
  FuzzTarget("superblock", text, fuzzSuperblock),
  FuzzTarget("firmware-log", document, fuzzCCEL),
  FuzzTarget("quote-service", page, fuzzQuoteService),
  FuzzTarget("dhcp-frame", 2 * Limits.leaseFrame, fuzzDHCPFrame),
  FuzzTarget("dhcp-answers", page, fuzzDHCPAnswers),
  // what the TDX module, the kernel and our own children hand in
  FuzzTarget("quote", page, fuzzQuote),
  FuzzTarget("front-message", page, fuzzFrontMessage),
  FuzzTarget("keeper-message", page, fuzzKeeperMessage),
  FuzzTarget("public-state", document, fuzzPublicState),
  FuzzTarget("log-piece", document, fuzzLogPiece),
  FuzzTarget("worker-report", line, fuzzWorkerReport),
  FuzzTarget("lease", line, fuzzLease),
  FuzzTarget("kernel-command-line", page, fuzzKernelCommandLine),
  FuzzTarget("power-button", text, fuzzPowerButton),
  FuzzTarget("sockets", line, fuzzSocketActivation),
  FuzzTarget("network", text, fuzzNetwork),
  FuzzTarget("machine", text, fuzzMachine),
  // files of the image and of the startup
  FuzzTarget("config", document, fuzzConfig),
  FuzzTarget("app-keys", document, fuzzAppKeys),
  FuzzTarget("private-key", page, fuzzPrivateKey),
  FuzzTarget("runtime-log", document, fuzzRuntimeLog),
  FuzzTarget("replay", document, fuzzReplay),
  FuzzTarget("modules", text, fuzzModules),
  FuzzTarget("program-environment", document, fuzzProgramEnvironment),
  FuzzTarget("attest-config", text, fuzzAttestConfig),
  // what the container engine sends
  FuzzTarget("response", document, fuzzResponse),
  FuzzTarget("containers", document, fuzzContainers),
  FuzzTarget("container", document, fuzzContainer),
  FuzzTarget("log", page, fuzzLog),
  // what process 1 keeps of programs
  FuzzTarget("program-output", page, fuzzProgramOutput),
  // what a KMS sends
  FuzzTarget("kms-url", line, fuzzKMSAddress),
  FuzzTarget("kms-keys", document, fuzzKMSKeys),
  FuzzTarget("kms-identity", document, fuzzKMSIdentity),
  FuzzTarget("certificate", page, fuzzCertificate),
]

/// Ends the process if something that must always hold does not: prints what an optimised trap does not.
func check(_ holds: Bool, _ what: StaticString) {
  if holds { return }
  print("does not hold: \(what)")
  fflush(nil)
  abort()
}

/// Whether `body` does not throw. What it throws must be printable and short.
@discardableResult
func attempt(_ body: () throws(AgentError) -> Void) -> Bool {
  do throws(AgentError) {
    try body()
    return true
  } catch {
    check(!error.text.isEmpty, "an error has a text")
    checkText(of: error)
    return false
  }
}

func checkText(of error: AgentError) {
  check(error.text.count <= AgentError.textLimit, "an error's text has a bound")
  check(error.text.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "an error's text is printable ASCII")
}
