@testable import agent

/// The bytes of hex digits, ignoring white space; none for anything else, which no table expects.
func octets(_ digits: String) -> [UInt8] { Hex.decode(digits.utf8.filter { $0 > 0x20 }) ?? [] }

/// Locked memory with the bytes of hex digits.
func secret(_ digits: String) throws -> Secret { try Secret(copying: octets(digits)) }

/// The bytes of locked memory, for comparison.
func revealed(_ secret: borrowing Secret) -> [UInt8] {
  var out: [UInt8] = []
  for offset in 0..<secret.count { out.append(secret[offset]) }
  return out
}

/// The kind of error that `body` throws; nil if it throws none.
func refusal(_ body: () throws -> Void) -> AgentError.Kind? {
  do {
    try body()
    return nil
  } catch {
    return (error as? AgentError)?.kind
  }
}

/// Prints the agent's literals as Swift's own.
extension agent.StaticString: CustomStringConvertible, CustomDebugStringConvertible {
  public var description: String { String(decoding: bytes(self), as: UTF8.self) }
  public var debugDescription: String { description.debugDescription }
}
