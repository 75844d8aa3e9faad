/// Sends a program's output to a reader, no faster than the reader takes it. What is overwritten before then is left out.
final class ProgramLog: EventSource {
  private let area: OutputArea
  private let loop: Loop
  private let selection: LogSelection
  private let sink: LogSink
  private let done: () -> Void
  private var cursor: OutputCursor
  private var lines: OutputLines
  /// Lines to skip before the last ones that are wanted.
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
    cursor = OutputCursor(area)
    lines = OutputLines(isCut: cursor.isLate)
    end = area.record()?.end ?? 0
    super.init(nil)
    sink.stream.abandoned = { [self] in finish(broken: false) }
    sink.stream.drained = { [self] in proceed() }
  }

  /// Finds the first line that is wanted, and sends what has been written. Call it once.
  func begin() {
    if isFinished { return }
    if let tail = selection.tail {
      var (all, counted) = (cursor, lines)
      while let block = all.next(upTo: end) { counted.split(block) { _, _ in } }
      skipped = counted.count - min(tail, counted.count)
    }
    loop.add(self)
    silence = loop.now + Limits.silentFollow
    proceed()
  }

  /// Looks for more output.
  override func expired() {
    deadline = Int64.max
    let isOver = selection.until.map { Clock.unix() >= Int64(clamping: $0) } ?? false
    if isOver || loop.now >= silence { return finish(broken: false) }
    proceed()
  }

  override func release() {
    // the loop is stopping
    finish(broken: true)
  }

  private func proceed() {
    if isFinished { return }
    if selection.follows { end = area.record()?.end ?? end }
    while !sink.stream.isFull {
      guard let block = cursor.next(upTo: end) else {
        // a line that is not finished yet is sent as far as it goes
        close()
        sink.stream.flush()
        return selection.follows ? (deadline = loop.now + Limits.outputPause) : finish(broken: false)
      }
      silence = loop.now + Limits.silentFollow
      write(block)
    }
    // `drained` resumes it; the server drops a reader that stops reading
    deadline = Int64.max
    sink.stream.flush()
  }

  private func write(_ block: OutputBlock) {
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
