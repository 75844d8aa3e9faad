import Foundation
import Testing

@testable import agent

extension JobsTests {
  /// The "quote" is the process id of the child that made it, which tells shared quotes from equal ones.
  @Suite(.serialized) struct QuoteQueueTests {
    private final class Scene {
      let loop = try! Loop()
      let jobs: Jobs
      /// Changes with each extend.
      var stamp = 0
      private(set) var queue: QuoteQueue!
      private(set) var answers: [String] = []
      /// At the time of each answer.
      private(set) var running: [Int] = []
      /// Whose requests were not answered with a quote, and when.
      private(set) var refusals: [(user: UInt32, time: Int64)] = []

      init(
        _ make: @escaping ([UInt8]) throws(AgentError) -> [UInt8] = { _ in decimal(getpid()) },
        clean: @escaping () -> Void = {}
      ) {
        jobs = Jobs(loop)
        warmUpWorkers()
        queue = QuoteQueue(loop, jobs, make: make, clean: clean)
        loop.add(queue)
      }

      /// Gives up what is still running.
      func end() {
        loop.stop()
        loop.run(isIdle: { true })
      }

      func request(_ data: UInt8, by user: UInt32 = 0, isForStrangers: Bool = false) {
        request(data, for: isForStrangers ? nil : Peer(group: [0x61], user: user))
      }

      func request(_ data: UInt8, for caller: Peer?) {
        queue.request([data], stamp: stamp, for: caller) { [unowned self] outcome in
          running.append(jobs.running(.evidence))
          switch outcome {
          case .success(let quote): answers.append(String(decoding: quote, as: Unicode.UTF8.self))
          case .failure(let error):
            answers.append("\(error.kind)")
            refusals.append((caller?.user ?? 0, loop.now))
          }
        }
      }

      func wait(for count: Int) -> Bool { loop.turn { answers.count >= count && jobs.running(.evidence) == 0 } }
    }

    @Test func oneQuote() {
      let scene = Scene { data in data + [0x21] }
      defer { scene.end() }
      scene.request(0x61)
      #expect(scene.wait(for: 1))
      #expect(scene.answers == ["a!"])
    }

    @Test func equalReportDataShareAQuote() {
      let scene = Scene()
      defer { scene.end() }
      for _ in 0..<3 { scene.request(1) }
      #expect(scene.queue.depth == 0)
      #expect(scene.wait(for: 3))
      #expect(Set(scene.answers).count == 1 && UInt64(scene.answers[0]) != nil)
      // a later request gets its own quote: none is kept
      scene.request(1)
      #expect(scene.wait(for: 4))
      #expect(scene.answers[3] != scene.answers[0])
    }

    @Test func differentOnesQueue() {
      let scene = Scene()
      defer { scene.end() }
      for data: UInt8 in [1, 2, 3, 2, 3, 3] { scene.request(data) }
      #expect(scene.queue.depth == 2 && scene.jobs.running(.evidence) == 1)
      #expect(scene.wait(for: 6))
      // 1, then 2 twice, then 3 three times
      #expect(Set(scene.answers).count == 3)
      #expect(Set(scene.answers[1...2]).count == 1 && Set(scene.answers[3...5]).count == 1)
    }

    /// A quote begun before an extend does not answer a request made after it.
    @Test func anExtendEndsSharing() {
      let scene = Scene()
      defer { scene.end() }
      scene.request(1)
      scene.stamp += 1
      scene.request(1)
      scene.request(1)
      #expect(scene.queue.depth == 1)
      #expect(scene.wait(for: 3))
      #expect(scene.answers[0] != scene.answers[1] && scene.answers[1] == scene.answers[2])
    }

    @Test func failuresAreAnsweredAndTheNextOneRuns() {
      let scene = Scene { (data) throws(AgentError) in
        if data == [1] { throw .invalid("no") }
        if data == [2] { _exit(1) }
        return bytes("quote")
      }
      defer { scene.end() }
      for data: UInt8 in [1, 1, 2, 3] { scene.request(data) }
      #expect(scene.wait(for: 4))
      #expect(scene.answers == ["invalid", "invalid", "failed", "quote"])
    }

    /// Cleaning up after quotes that failed hangs: it takes none of the places of the quotes that follow, however many fail. When it
    /// ends, one more makes up for all that failed meanwhile.
    @Test func cleaningTakesNoPlace() throws {
      let shared = try JobsTests.shared()
      let (begun, ends) = (shared, shared + 1)
      let scene = Scene { (_) throws(AgentError) in
        throw .invalid("no")
      } clean: {
        begun.pointee += 1
        while ends.pointee == 0 { usleep(1000) }
      }
      defer { scene.end() }
      scene.queue.tidy()
      for count in 1...3 * Limits.jobs {
        scene.request(1)
        #expect(scene.wait(for: count))
      }
      #expect(scene.answers.allSatisfy { $0 == "invalid" })
      #expect(scene.jobs.running(.cleaning) == 1)
      ends.pointee = 1
      #expect(scene.loop.turn { scene.jobs.running(.cleaning) == 0 })
      #expect(begun.pointee == 2)
    }

    @Test func theQueueAtItsLimit() {
      let scene = Scene()
      defer { scene.end() }
      for number in 0...Limits.quoteQueue { scene.request(UInt8(number)) }
      #expect(scene.queue.depth == Limits.quoteQueue && scene.answers.isEmpty)
      scene.request(200)
      #expect(scene.answers == ["unavailable"])
      // who waits for the same quote has a place as well
      scene.request(UInt8(Limits.quoteQueue))
      #expect(scene.answers.count == 2)
      // the quote that is being made can be shared
      scene.request(0)
      #expect(scene.answers.count == 2 && scene.queue.depth == Limits.quoteQueue)
    }

    @Test func theSharersAtTheirLimit() {
      let scene = Scene()
      defer { scene.end() }
      // for the quote being made, and for one that waits
      for data: UInt8 in [1, 2] {
        for _ in 0..<Limits.quoteQueue { scene.request(data) }
        #expect(scene.answers.count == Int(data) - 1)
        scene.request(data)
        #expect(scene.answers.count == Int(data) && scene.answers.last == "unavailable")
      }
      #expect(scene.wait(for: 2 + 2 * Limits.quoteQueue))
      #expect(Set(scene.answers.dropFirst(2)).count == 2 && scene.answers.dropFirst(2).allSatisfy { UInt64($0) != nil })
    }

    /// One caller's requests for a quote, being made or waiting, do not keep another from sharing it.
    @Test func sharersGiveWay() {
      let scene = Scene()
      defer { scene.end() }
      for (index, data) in ([1, 2] as [UInt8]).enumerated() {
        for _ in 1..<Limits.quoteQueue { scene.request(data, by: 1) }
        scene.request(data, by: 2)
        #expect(scene.refusals.count == index)
        scene.request(data, by: 3)
        #expect(scene.refusals.count == index + 1)
      }
      // who has no fewer than the one who has most gets none
      for _ in 1..<Limits.quoteQueue / 2 { scene.request(1, by: 2) }
      #expect(scene.refusals.map(\.user) == [UInt32](repeating: 1, count: Limits.quoteQueue / 2 + 1))
      scene.request(1, by: 2)
      #expect(scene.refusals.last?.user == 2)
      let refused = scene.refusals.count
      #expect(scene.wait(for: refused + 2 * Limits.quoteQueue) && scene.refusals.count == refused)
    }

    /// Whoever wants what another already waits for has a turn of its own.
    @Test func anotherWantsTheSame() {
      let scene = Scene { $0 }
      defer { scene.end() }
      scene.request(0x61, by: 1)
      scene.request(0x62, by: 1)
      scene.request(0x62, by: 2)
      scene.request(0x63, by: 3)
      #expect(scene.queue.depth == 2 && scene.wait(for: 4))
      #expect(scene.answers == ["a", "b", "b", "c"])
    }

    /// It also has its own time to wait.
    @Test func nobodyWaitsForLessThanHisTime() {
      let scene = Scene { _ in while true { pause() } }
      scene.request(1, by: 1)
      scene.request(2, by: 1)
      let later = scene.loop.now + 200
      while scene.loop.now < later { scene.loop.turn(until: later) }
      let arrival = scene.loop.now
      scene.request(2, by: 2)
      #expect(scene.loop.turn { scene.refusals.count == 2 })
      #expect(scene.refusals.map(\.user) == [1, 2] && scene.refusals[1].time >= arrival + Limits.quoteWait)
      scene.end()
    }

    /// The app's own requests go first, even those that come later.
    @Test func strangersComeLast() {
      let scene = Scene { $0 }
      defer { scene.end() }
      scene.request(0x61)
      scene.request(0x62, isForStrangers: true)
      scene.request(0x63)
      scene.request(0x64)
      #expect(scene.queue.depth == 3 && scene.wait(for: 4))
      #expect(scene.answers == ["a", "c", "d", "b"])
    }

    /// A quote that strangers wait for becomes the app's as soon as the app wants it too.
    @Test func aStrangersQuoteThatTheAppWants() {
      let scene = Scene { $0 }
      defer { scene.end() }
      scene.request(0x61)
      scene.request(0x62, isForStrangers: true)
      scene.request(0x62)
      scene.request(0x62, isForStrangers: true)
      scene.request(0x63)
      #expect(scene.queue.depth == 2 && scene.wait(for: 5))
      #expect(scene.answers == ["a", "b", "b", "b", "c"])
    }

    /// Strangers take no place in the app's queue.
    @Test func strangersInAFullQueue() {
      let scene = Scene()
      defer { scene.end() }
      scene.request(0)
      scene.request(201, isForStrangers: true)
      for number in 1...Limits.quoteQueue { scene.request(UInt8(number)) }
      #expect(scene.answers.isEmpty && scene.queue.depth == Limits.quoteQueue + 1)
      scene.request(202, isForStrangers: true)
      #expect(scene.answers == ["unavailable"])
      scene.request(200)
      #expect(scene.answers == ["unavailable", "unavailable"])
    }

    /// However many requests one caller makes, the other's next one is next.
    @Test func callersInTurn() {
      let scene = Scene { $0 }
      defer { scene.end() }
      for data: UInt8 in 0x61...0x64 { scene.request(data, by: 1) }
      for data: UInt8 in 0x41...0x42 { scene.request(data, by: 2) }
      #expect(scene.wait(for: 6))
      #expect(scene.answers == ["a", "A", "b", "B", "c", "d"])
    }

    /// When one caller wants three slow quotes, another waits for one of them at most.
    @Test func nobodyWaitsForAllOfAnother() {
      let scene = Scene { data in
        // three of them take longer than the SDKs wait, two do not
        if data == [0x61] { Clock.sleep(Limits.quoteWait * 2 / 5) }
        return data
      }
      defer { scene.end() }
      scene.request(0x61, by: 1)
      #expect(scene.wait(for: 1))
      for data: UInt8 in 0x62...0x64 { scene.request(data, by: 1) }
      scene.request(0x41, by: 2)
      #expect(scene.answers == ["a", "unavailable"])
      #expect(scene.wait(for: 5))
      #expect(scene.answers == ["a", "unavailable", "b", "A", "c"])
    }

    /// A full queue makes room for a caller with fewer requests than another, whose oldest is refused.
    @Test func aCrowdedQueue() {
      let scene = Scene { $0 }
      defer { scene.end() }
      for number in 0...Limits.quoteQueue { scene.request(UInt8(number) + 1, by: 1) }
      #expect(scene.answers.isEmpty && scene.queue.depth == Limits.quoteQueue)
      scene.request(0x41, by: 2)
      #expect(scene.answers == ["unavailable"] && scene.queue.depth == Limits.quoteQueue)
      scene.request(0x7f, by: 1)
      #expect(scene.answers == ["unavailable", "unavailable"])
      #expect(scene.wait(for: Limits.quoteQueue + 3))
      #expect(scene.answers[2...4] == ["\u{1}", "A", "\u{3}"])
    }

    /// One quote has been made, so slowly that two take longer than the SDKs wait.
    private static func slowScene() -> Scene {
      let scene = Scene { data in
        if data == [0x61] { Clock.sleep(Limits.quoteWait / 2 + 50) }
        return data
      }
      scene.request(0x61)
      #expect(scene.wait(for: 1))
      return scene
    }

    /// However slow quotes are, one for strangers is no reason to refuse the app's.
    @Test func theAppBehindAStranger() {
      let scene = Self.slowScene()
      defer { scene.end() }
      scene.request(0x62, isForStrangers: true)
      scene.request(0x63)
      scene.request(0x64)
      scene.request(0x65, isForStrangers: true)
      #expect(scene.wait(for: 5))
      #expect(scene.answers == ["a", "unavailable", "unavailable", "b", "c"])
    }

    /// Callers who are gone come after all others, and before strangers. What another caller wants too is made in his turn.
    @Test func theGoneComeLast() {
      let scene = Scene { $0 }
      defer { scene.end() }
      scene.request(0x61)
      for data: UInt8 in [0x67, 0x66] { scene.request(data, isForStrangers: true) }
      for data: UInt8 in [0x65, 0x62, 0x66] { scene.request(data, for: .gone) }
      scene.request(0x62)
      scene.request(0x65, isForStrangers: true)
      scene.request(0x63)
      #expect(scene.wait(for: 9))
      #expect(scene.answers == ["a", "b", "b", "c", "e", "e", "f", "f", "g"])
    }

    /// They lose their places in a full queue, and get none in it.
    @Test func theGoneInAFullQueue() {
      let scene = Scene { $0 }
      defer { scene.end() }
      scene.request(0x7e)
      scene.request(0x7f, for: .gone)
      for number in 1...Limits.quoteQueue { scene.request(UInt8(number)) }
      #expect(scene.answers == ["unavailable"] && scene.queue.depth == Limits.quoteQueue)
      scene.request(0x7f, for: .gone)
      #expect(scene.answers == ["unavailable", "unavailable"] && scene.queue.depth == Limits.quoteQueue)
    }

    /// However slow quotes are, one for a caller who is gone is no reason to refuse another caller's.
    @Test func aCallerBehindTheGone() {
      let scene = Self.slowScene()
      defer { scene.end() }
      scene.request(0x62, for: .gone)
      scene.request(0x63, for: .gone)
      scene.request(0x64)
      #expect(scene.answers == ["a", "unavailable"])
      #expect(scene.wait(for: 4))
      #expect(scene.answers == ["a", "unavailable", "b", "d"])
    }

    /// Requests that wait when the loop ends are refused, and none is begun.
    @Test func ending() {
      let scene = Scene { _ in while true { pause() } }
      for number: UInt8 in 1...3 { scene.request(number) }
      scene.end()
      #expect(scene.answers == ["unavailable", "unavailable", "unavailable"] && scene.jobs.running(.evidence) == 1)
    }

    /// A request that has waited until the SDKs give up is answered 503, while the quote before it still hangs.
    @Test func waitingEnds() throws {
      let scene = Scene { data in
        while data == [1] { pause() }
        return []
      }
      scene.request(1)
      scene.request(2)
      scene.request(2)
      #expect(scene.queue.deadline == scene.loop.now + Limits.quoteWait)
      #expect(scene.loop.turn { scene.answers.count == 2 })
      #expect(scene.answers == ["unavailable", "unavailable"] && scene.jobs.running(.evidence) == 1 && scene.queue.depth == 0)
      #expect(scene.queue.deadline == Int64.max)
      // from then on a new request would wait longer than that: refused at once
      let later = scene.loop.now + 1
      while scene.loop.now < later { scene.loop.turn(until: later) }
      scene.request(3)
      #expect(scene.answers.count == 3)
      // the hanging one is given up when the loop ends
      scene.end()
      #expect(scene.answers.last == "unavailable" && scene.answers.count == 4)
    }
  }
}
