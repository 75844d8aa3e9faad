@testable import agent

/// What is fuzzed: the first byte of an input chooses, the rest is handed on. To add a target, add a line here and a few seeds in
/// Tests/fuzz/corpus. A letter must keep its meaning, because corpora live on.
private func target(_ letter: UInt8) -> ((ArraySlice<UInt8>) -> Void)? {
  switch letter {
  case UInt8(ascii: "h"): fuzzHTTP
  case UInt8(ascii: "j"): fuzzJSON
  case UInt8(ascii: "w"): fuzzJSONWriter
  case UInt8(ascii: "m"): fuzzJSONMessage
  case UInt8(ascii: "q"): fuzzQuery
  case UInt8(ascii: "p"): fuzzProtobuf
  case UInt8(ascii: "s"): fuzzService
  case UInt8(ascii: "e"): fuzzEncodings
  case UInt8(ascii: "c"): fuzzConfig
  case UInt8(ascii: "r"): fuzzJobReport
  default: nil
  }
}

/// Called by libFuzzer. −1 keeps an input out of the corpus.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let input = Array(UnsafeBufferPointer(start: data, count: size))
  guard let letter = input.first, let run = target(letter) else { return -1 }
  run(input.dropFirst())
  return 0
}

/// Ends the run if something that must always hold does not.
func check(_ holds: Bool, _ what: StaticString) {
  if !holds { preconditionFailure("\(what)") }
}

/// What every error must be: ours, printable, short.
func check(_ error: AgentError) {
  check(!error.text.isEmpty && error.text.count <= AgentError.textLimit, "an error's text has a bound")
  check(error.text.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "an error's text is printable ASCII")
}
