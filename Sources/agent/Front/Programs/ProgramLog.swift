/// Sends a program's output to a reader, no faster than the reader takes it. What is overwritten before then is left out.
final class ProgramLog: EventSource {
  private let area: OutputArea
  private let loop: Loop
  private let selection: LogSelection
  private let sink: LogSink
  private let done: () -> Void
  private var cursor: OutputCursor
  private var lines: OutputLines
  /// Where the output began when this did.
  private let start: UInt64
  /// Lines are only counted for now, to find the last ones that are wanted.
  private var isCounting = false
  /// Lines to skip before those.
  private var skipped: UInt64 = 0
  /// Where to stop: the end of the output when this began, or its current end if this follows it.
  private var end: UInt64
  /// Whether the current line of stdout, and of stderr, is wanted.
  private var isWanted = [false, false]
  /// The channel of the open frame.
  private var channel: LogChannel?
  /// When following ends if nothing is written until then.
  private var silence: Int64 = 0

  /// `done` is called once, at the end.
  init(_ area: OutputArea, _ loop: Loop, _ selection: LogSelection, _ sink: LogSink, done: @escaping () -> Void) {
    (self.area, self.loop, self.selection, self.sink, self.done) = (area, loop, selection, sink, done)
    let record = area.record()
    (start, end) = (record?.start ?? 0, record?.end ?? 0)
    cursor = OutputCursor(area, from: start)
    lines = OutputLines(isCut: start > 0)
    super.init(nil)
    sink.stream.abandoned = { [self] in finish(broken: false) }
    sink.stream.drained = { [self] in proceed() }
  }

  /// Finds the first line that is wanted, and sends what has been written. Call it once.
  func begin() {
    if isFinished { return }
    isCounting = selection.tail != nil
    loop.add(self)
    silence = loop.now + Limits.silentFollow
    proceed()
  }

  /// Goes on, or looks for more output.
  override func expired() { proceed() }

  override func release() {
    // the loop is stopping
    finish(broken: true)
  }

  /// Handles at least one block, and no further one once the round's time is over: a block can hold a thousand lines.
  private func proceed() {
    if isFinished { return }
    if selection.follows, !isCounting { end = area.record()?.end ?? end }
    // `drained` resumes it once the stream is full; the server drops a reader that stops reading
    var next = Int64.max
    while !sink.stream.isFull {
      if let block = cursor.next(upTo: end) {
        if isCounting { lines.split(block) { _, _ in } } else { write(block) }
      } else if isCounting {
        isCounting = false
        skipped = lines.count - min(selection.tail ?? 0, lines.count)
        cursor = OutputCursor(area, from: start)
        lines = OutputLines(isCut: start > 0)
      } else {
        // a line that is not finished yet is sent as far as it goes
        close()
        if isOver { return finish(broken: false) }
        next = loop.now + Limits.outputPause
        break
      }
      if loop.isOver {
        next = loop.now
        break
      }
    }
    deadline = next
    sink.stream.flush()
  }

  /// Whether nothing that is written from now on is wanted.
  private var isOver: Bool {
    if !selection.follows || loop.now >= silence { return true }
    return selection.until.map { Clock.unix() >= Int64(clamping: $0) } ?? false
  }

  private func write(_ block: OutputBlock) {
    silence = loop.now + Limits.silentFollow
    if cursor.takeLoss() {
      // the rest of this line is lost, and what follows is the rest of another
      if channel != nil { sink.write([0x0a]) }
      close()
      (lines, skipped, isWanted) = (OutputLines(isCut: true), 0, [false, false])
    }
    let seconds = block.time / 1_000_000_000
    let isInTime = seconds >= selection.since ?? 0 && seconds < selection.until ?? UInt64.max
    let index = block.channel == .stdout ? 0 : 1
    lines.split(block) { part, number in
      if part.begins { isWanted[index] = number > skipped && isInTime }
      if !isWanted[index] { return }
      if channel != block.channel || part.begins {
        close()
        sink.begin(block.channel)
        channel = block.channel
      }
      if part.begins, selection.hasTimestamps { sink.write((CalendarDate.text(block.time) + " ")[...]) }
      sink.write(part.text)
      if part.ends { close() }
    }
  }

  private func close() {
    if channel != nil { sink.end() }
    channel = nil
  }

  private func finish(broken: Bool) {
    if isFinished { return }
    isFinished = true
    close()
    sink.finish()
    sink.stream.end(broken: broken)
    done()
  }
}
