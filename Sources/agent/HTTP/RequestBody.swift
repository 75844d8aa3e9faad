/// Assembles a request's body from pieces of any size: of known length, or in chunks (RFC 9112 §7.1). Chunks are parsed strictly, because a
/// proxy that parses them differently would see the request end elsewhere: a size is hex digits only, each line ends in CR LF, and a
/// trailer is a header field. Extensions and trailers are dropped.
struct RequestBody {
  private enum State {
    case size, lineFeedOfSize, extensions
    case data, carriageReturn, lineFeed
    /// A trailer, or the empty line after them.
    case trailer, trailerName, trailerValue, lineFeedOfTrailer, lastLineFeed
    case complete
  }

  /// Digits of a chunk's size, at most.
  private static let sizeDigits = 15

  private(set) var data: [UInt8] = []
  /// Bytes that the body is known to have, including those that have arrived.
  private(set) var announced = 0
  private let isChunked: Bool
  private var state: State
  /// Bytes of the body or chunk still to come.
  private var remaining = 0
  /// The digits of a chunk's size so far, and their value.
  private var digits = 0
  private var size = 0
  /// Bytes of extensions and trailers so far.
  private var extras = 0

  /// For the body that a request's head announces.
  init(of request: Request) {
    isChunked = request.isChunked
    remaining = request.contentLength
    announced = request.contentLength
    state = isChunked ? .size : remaining == 0 ? .complete : .data
    if !isChunked, remaining <= Limits.largeBody { data.reserveCapacity(remaining) }
  }

  var isComplete: Bool { state == .complete }

  /// Whether there is no body, and none is expected.
  var isEmpty: Bool { isComplete && data.isEmpty }

  /// Takes what belongs to the body at the start of `input`, and returns its length. Throws as soon as the body is malformed.
  mutating func take(_ input: ArraySlice<UInt8>) throws(HTTPError) -> Int {
    try makeRoom()
    var at = input.startIndex
    while at < input.endIndex, state != .complete {
      if state == .data {
        let end = at + min(remaining, input.endIndex - at)
        data.append(contentsOf: input[at..<end])
        remaining -= end - at
        at = end
        if remaining == 0 { state = isChunked ? .carriageReturn : .complete }
      } else {
        try take(input[at])
        at += 1
      }
    }
    return at - input.startIndex
  }

  /// Takes a byte that is not data.
  private mutating func take(_ byte: UInt8) throws(HTTPError) {
    switch state {
    case .size: try takeSize(byte)
    case .extensions: try takeExtra(byte, before: .lineFeedOfSize)
    case .lineFeedOfSize:
      try expect(byte, 0x0a, before: .data)
      try beginChunk()
    case .carriageReturn: try expect(byte, 0x0d, before: .lineFeed)
    case .lineFeed: try expect(byte, 0x0a, before: .size)
    case .trailer where byte == 0x0d: state = .lastLineFeed
    case .trailer, .trailerName:
      if state == .trailerName, byte == UInt8(ascii: ":") {
        state = .trailerValue
      } else {
        guard isToken(byte) else { throw Self.malformed }
        state = .trailerName
      }
      try count()
    case .trailerValue: try takeExtra(byte, before: .lineFeedOfTrailer)
    case .lineFeedOfTrailer: try expect(byte, 0x0a, before: .trailer)
    case .lastLineFeed: try expect(byte, 0x0a, before: .complete)
    case .data, .complete: break
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(HTTPError) {
    if let value = Hex.value(byte), digits < Self.sizeDigits {
      digits += 1
      size = size << 4 | Int(value)
      return
    }
    guard digits > 0, byte == 0x0d || byte == UInt8(ascii: ";") else { throw Self.malformed }
    state = byte == 0x0d ? .lineFeedOfSize : .extensions
  }

  private mutating func beginChunk() throws(HTTPError) {
    if size > Limits.requestBody - announced { throw Self.tooLarge }
    announced += size
    remaining = size
    if size == 0 { state = .trailer }
    (digits, size) = (0, 0)
    try makeRoom()
  }

  /// Reserves all that a large body may need, so that it does not move as it grows.
  @inline(never)
  private mutating func makeRoom() throws(HTTPError) {
    let room = isChunked ? Limits.requestBody : announced
    if announced <= Limits.largeBody || data.capacity >= room { return }
    guard Memory.has(room) else { throw HTTPError(.unavailable, "out of memory for a large request") }
    data.reserveCapacity(room)
  }

  /// A byte of a line whose content is dropped: no control character but TAB, as in a header field.
  private mutating func takeExtra(_ byte: UInt8, before end: State) throws(HTTPError) {
    if byte == 0x0d { return state = end }
    guard isFieldText(byte) else { throw Self.malformed }
    try count()
  }

  private mutating func count() throws(HTTPError) {
    extras += 1
    if extras > Limits.chunkExtras { throw HTTPError(.headTooLarge, "chunk extensions and trailers are too large") }
  }

  private mutating func expect(_ byte: UInt8, _ expected: UInt8, before next: State) throws(HTTPError) {
    guard byte == expected else { throw Self.malformed }
    state = next
  }

  static var tooLarge: HTTPError { HTTPError(.contentTooLarge, "request bodies are at most 1 MiB: payload too large") }
  private static var malformed: HTTPError { .bad("malformed chunked body") }
}
