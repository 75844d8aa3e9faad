import Foundation
import Testing

@testable import agent

@Suite(.serialized) struct SignalsTests {
  /// Both signals arrive through the loop, several at once, and end nothing by themselves.
  @Test func termAndInt() throws {
    let before = UnsafeMutablePointer<sigset_t>.allocate(capacity: 1)
    defer { before.deallocate() }
    pthread_sigmask(SIG_BLOCK, nil, before)
    let loop = try Loop()
    var stops = 0
    let signals = try Signals { stops += 1 }
    // other tests wait for children of their own
    signal(SIGCHLD, SIG_DFL)
    loop.add(signals)
    for number in [SIGTERM, SIGINT] {
      // to this thread, which blocks it now; the test's other threads do not
      raise(number)
      let wanted = stops + 1
      #expect(loop.turn { stops == wanted })
    }
    raise(SIGTERM)
    raise(SIGINT)
    #expect(loop.turn { stops == 4 })
    // ignored from now on
    raise(SIGHUP)
    raise(SIGPIPE)
    pthread_sigmask(SIG_SETMASK, before, nil)
  }

  /// Children that have ended do not stop the process.
  @Test func children() throws {
    let before = UnsafeMutablePointer<sigset_t>.allocate(capacity: 1)
    defer { before.deallocate() }
    pthread_sigmask(SIG_BLOCK, nil, before)
    let loop = try Loop()
    var (stops, children) = (0, 0)
    loop.add(try Signals(stop: { stops += 1 }, childEnded: { children += 1 }))
    raise(SIGCHLD)
    #expect(loop.turn { children > 0 })
    #expect(stops == 0)
    raise(SIGTERM)
    #expect(loop.turn { stops == 1 })
    pthread_sigmask(SIG_SETMASK, before, nil)
  }
}
