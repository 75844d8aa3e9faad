import CFuzz
import Glibc

@testable import agent

/// The function that libFuzzer calls. main() sets it.
nonisolated(unsafe) private var chosen = fuzzTargets[0]

/// libFuzzer with one of the targets.
///
///     fuzz                             the targets' names and the sizes of their inputs, a line each
///     fuzz --target=NAME FILE…         tries inputs
///     fuzz --target=NAME DIRECTORY…    looks for more; -help=1 lists the options
///
/// SwiftPM links an executable with --defsym main=<target>_main, so libFuzzer's own main() is not used. libFuzzer ignores options
/// that begin with two dashes, and passes them on to the processes that it starts.
@c(fuzz_main)
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  let words = (0..<Int(count)).compactMap { arguments[$0].map { String(cString: $0) } }
  guard words.count > 1 else {
    for target in fuzzTargets { print(target.name, target.limit) }
    return 0
  }
  guard let target = fuzzTargets.first(where: { words.contains("--target=" + $0.name) }) else {
    print("fuzz: --target=NAME is missing, or there is no such target")
    return 2
  }
  chosen = target
  var (count, arguments): (CInt, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) = (count, arguments)
  return LLVMFuzzerRunDriver(&count, &arguments, fuzzOne)
}

/// AddressSanitizer and Swift's own traps find accesses out of bounds; `check` finds wrong results.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  chosen.run(Array(UnsafeBufferPointer(start: data, count: size)))
  return 0
}
