/// The program `selfcheck`: runs the agent's own code on the vectors in the files that it is given, and compares the results. It
/// guards against the compiler: unit tests are debug code linked with other libraries, while this is linked from the release's
/// objects and archives. The release agent discards all of it. Returns the exit status: 0, or 1 if a vector differs or cannot be
/// read.
public func agentSelfCheck(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  var check = SelfCheck()
  for file in Arguments.list(count, arguments) {
    do throws(AgentError) { try check.run(file) } catch { check.fail(file + bytes(": ") + error.text) }
  }
  return check.conclude() ? 0 : 1
}

struct SelfCheck {
  /// Bytes of a file of vectors, at most.
  private static let fileLimit = 1024 * 1024
  private var vectors = 0
  private var failures = 0

  mutating func run(_ file: [UInt8]) throws(AgentError) {
    var number = 0
    for line in TextParts(linesOf: try Files.read(file, limit: Self.fileLimit)) {
      number += 1
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      vectors += 1
      if let found = Self.difference(line) { fail(file + bytes(":") + decimal(number) + bytes(": ") + found) }
    }
  }

  mutating func fail(_ text: [UInt8]) {
    failures += 1
    Arguments.print(bytes("selfcheck: ") + text + bytes("\n"), to: 2)
  }

  /// Prints the result; false if a vector differs, or if there are none.
  func conclude() -> Bool {
    let text = decimal(vectors) + bytes(" vectors, ") + decimal(failures) + bytes(" differ\n")
    Arguments.print(bytes("selfcheck  ") + text, to: 1)
    return failures == 0 && vectors > 0
  }

  /// What is wrong with a vector; nil if nothing.
  private static func difference(_ line: ArraySlice<UInt8>) -> [UInt8]? {
    guard let vector = CheckVector(line) else { return bytes("is not a vector") }
    var found: [[UInt8]]?
    do throws(AgentError) {
      guard let outputs = try outputs(vector.operation, vector.inputs) else { return bytes("is an unknown operation") }
      found = outputs
    } catch {
      found = nil
    }
    if found == vector.outputs { return nil }
    guard let found else { return vector.operation.name + bytes(" refuses it") }
    var text = vector.operation.name + bytes(" gives")
    for output in found { text += bytes(" ") + Hex.encode(output) }
    return text
  }

  /// The outputs; nil for an unknown operation. Throws what the operation throws.
  private static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    if let found = try EncodingChecks.outputs(operation, inputs) { return found }
    if let found = try CryptoChecks.outputs(operation, inputs) { return found }
    if let found = try KeyChecks.outputs(operation, inputs) { return found }
    if let found = try EvidenceChecks.outputs(operation, inputs) { return found }
    if let found = try RequestChecks.outputs(operation, inputs) { return found }
    if let found = try BootChecks.outputs(operation, inputs) { return found }
    return SharingChecks.outputs(operation, inputs)
  }
}
