import CFuzz

@testable import agent

/// What is fuzzed: the first byte of an input chooses, the rest is handed on. To add a target, add a line here and a few seeds in
/// Tests/fuzz/corpus. A letter must keep its meaning, because corpora live on.
private func target(_ letter: UInt8) -> (([UInt8]) -> Void)? {
  switch letter {
  // what callers send
  case UInt8(ascii: "H"): fuzzRequest
  case UInt8(ascii: "J"): fuzzJSON
  case UInt8(ascii: "Q"): fuzzQuery
  case UInt8(ascii: "P"): fuzzProtobuf
  case UInt8(ascii: "S"): fuzzService
  // what the host, the image and our own children hand in
  case UInt8(ascii: "I"): fuzzInit
  case UInt8(ascii: "F"): fuzzFiles
  case UInt8(ascii: "B"): fuzzStartup
  case UInt8(ascii: "D"): fuzzKeys
  case UInt8(ascii: "C"): fuzzCCEL
  case UInt8(ascii: "L"): fuzzRuntimeLog
  case UInt8(ascii: "T"): fuzzQuote
  case UInt8(ascii: "R"): fuzzJobReport
  // what the container engine sends, and the query of a log
  case UInt8(ascii: "A"): fuzzAnswer
  case UInt8(ascii: "B"): fuzzContainers
  case UInt8(ascii: "G"): fuzzLog
  case UInt8(ascii: "O"): fuzzLogQuery
  case UInt8(ascii: "V"): fuzzVariables
  case UInt8(ascii: "M"): fuzzNetwork
  // what a KMS and those on the way to it send
  case UInt8(ascii: "Y"): fuzzKMSAnswer
  case UInt8(ascii: "N"): fuzzNames
  case UInt8(ascii: "K"): fuzzKMS
  // encodings
  case UInt8(ascii: "E"): fuzzEncodings
  case UInt8(ascii: "W"): fuzzJSONWriter
  default: nil
  }
}

/// Called by libFuzzer. −1 keeps an input out of the corpus. AddressSanitizer and Swift's own traps find what goes out of bounds;
/// `check`, what comes out wrong.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: size))
  guard let letter = input.first, let run = target(letter) else { return -1 }
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
