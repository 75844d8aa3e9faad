import Testing

@testable import agent

struct ExchangeTests {
  @Test func onlyTheFirstAnswerCounts() {
    let exchange = Exchange(Request())
    var calls = 0
    exchange.answered = { calls += 1 }
    #expect(exchange.response == nil)
    exchange.answer(Response(status: .notFound))
    exchange.answer(Response(status: .ok))
    #expect(exchange.response?.status == .notFound)
    #expect(calls == 1)
  }

  @Test func theBodyOfWhoHasLeft() {
    var request = Request()
    request.body = [1, 2, 3]
    let exchange = Exchange(request)
    exchange.abandon()
    #expect(exchange.isAbandoned && exchange.request.body.isEmpty)
  }

  @Test func anAnswerThatNobodyWaitsFor() {
    let exchange = Exchange(Request())
    exchange.answer(Response())
    #expect(exchange.response?.status == .ok)
  }
}
