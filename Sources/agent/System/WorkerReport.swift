/// What a worker tells its parent: the length of what follows the head, in three bytes (which shows whether the worker died
/// half-way); how many bytes of an error's text are ours; a byte that is 0 for a result, else 1 + the error's kind; and
/// the result or the error's text. The result may be a secret, and is handled as one.
struct WorkerReport: ~Copyable {
  private static let headSize = 5
  private static let largest = 0xffffff

  /// How much has arrived.
  enum Progress { case unfinished, whole, tooLarge, broken }

  private let limit: Int
  private var head: [UInt8] = []
  private var rest: Secret?
  /// How many bytes of the rest have arrived.
  private var count = 0

  /// The rest may have `limit` bytes.
  init(limit: Int) { self.limit = limit }

  /// Runs `work` and sends the outcome; false if it could not be sent.
  static func send(to pipe: Int32, _ work: () throws(AgentError) -> Secret) -> Bool {
    do throws(AgentError) {
      let result = try work()
      return IO.writeAll(pipe, head(result.count, 0, 0)) && IO.writeAll(pipe, result)
    } catch {
      return IO.writeAll(pipe, head(error.text.count, 1 + error.kind.rawValue, error.ownCount) + error.text)
    }
  }

  private static func head(_ size: Int, _ kind: UInt8, _ ownCount: UInt16) -> [UInt8] {
    LittleEndian.encode(UInt32(min(size, largest)) | UInt32(min(ownCount, 255)) << 24) + [kind]
  }

  /// Reads some of what has arrived, and nothing past the report's end.
  mutating func read(_ pipe: Int32) -> Progress {
    if rest == nil {
      switch IO.read(pipe, appendingTo: &head, limit: Self.headSize - head.count) {
      case .bytes where head.count == Self.headSize: break
      case .bytes, .wouldBlock: return .unfinished
      case .end, .failed: return .broken
      }
      guard size <= limit, let room = try? Secret(capacity: size) else { return .tooLarge }
      rest = consume room
    }
    if count < size {
      switch rest?.source.read(pipe) {
      case .bytes(let more): count += more
      case .wouldBlock: return .unfinished
      case .end, .failed, nil: return .broken
      }
    }
    return count == size ? .whole : .unfinished
  }

  /// The result of a whole report, once; throws the worker's error.
  mutating func take() throws(AgentError) -> Secret {
    guard let rest = rest.take() else { throw Worker.died }
    if head[4] == 0 { return rest }
    guard let kind = AgentError.Kind(rawValue: head[4] - 1) else { throw Worker.died }
    // a worker that has been taken over may say anything
    let text = printable(rest.plain()[...])
    throw AgentError(kind, text, quotesFrom: Int(head[3]))
  }

  private var size: Int { LittleEndian.decode(head, 0, 3) }
}
