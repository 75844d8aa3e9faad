import CFuzz

@testable import agent

/// What is fuzzed: the first byte of an input chooses, the rest is handed on. To add a target, add a line here and a few seeds in
/// Tests/fuzz/corpus. A letter must keep its meaning, because corpora live on; one that is given twice ends the program.
private let targets: [Character: @Sendable ([UInt8]) -> Void] = [
  // what callers send
  "H": fuzzRequest,
  "J": fuzzJSON,
  "Q": fuzzQuery,
  "P": fuzzProtobuf,
  "S": fuzzService,
  // what the host, the image and our own children hand in
  "I": fuzzInit,
  "F": fuzzFiles,
  "B": fuzzStartup,
  "D": fuzzKeys,
  "C": fuzzCCEL,
  "L": fuzzRuntimeLog,
  "T": fuzzQuote,
  "R": fuzzWorkerReport,
  // what the container engine sends, and the query of a log
  "A": fuzzAnswer,
  "U": fuzzContainers,
  "G": fuzzLog,
  "O": fuzzLogQuery,
  "V": fuzzVariables,
  "M": fuzzNetwork,
  // what a KMS sends
  "K": fuzzKMS,
  // encodings
  "E": fuzzEncodings,
  "W": fuzzJSONWriter,
]

/// Called by libFuzzer. −1 keeps an input out of the corpus. AddressSanitizer and Swift's own traps find what goes out of bounds;
/// `check`, what comes out wrong.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: size))
  guard let letter = input.first, let run = targets[Character(UnicodeScalar(letter))] else { return -1 }
  run(Array(input.dropFirst()))
  return 0
}

/// Ends the run if something that must always hold does not.
func check(_ holds: Bool, _ what: StaticString) {
  if !holds { preconditionFailure("\(what)") }
}

/// Whether `body` does not throw. What it throws must be ours, printable and short.
@discardableResult
func attempt(_ body: () throws(AgentError) -> Void) -> Bool {
  do throws(AgentError) {
    try body()
    return true
  } catch {
    check(!error.text.isEmpty && error.text.count <= AgentError.textLimit, "an error's text has a bound")
    check(error.text.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "an error's text is printable ASCII")
    return false
  }
}
