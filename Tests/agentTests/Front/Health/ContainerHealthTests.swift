import Testing

@testable import agent

/// How containers are judged: upstream's tests in our words (docs/spec/health.md).
struct ContainerHealthTests {
  /// Containers, each `name state check` with `-` for what the engine does not say, and what is wrong.
  @Test(arguments: [
    ("", "<compose>: no container has been created yet"),
    ("web running healthy,api running starting", "api: starting"),
    ("web running degraded", "web: degraded"),
    ("web paused healthy", "web: paused (last health check: healthy)"),
    ("web - healthy", ""),
    ("web - unhealthy", "web: unhealthy"),
    ("web running healthy,job exited -,other exited none", ""),
    ("job exited -,web running none", "<compose>: no container has a health check"),
    ("a exited unhealthy,b running unhealthy", "a: exited (last health check: unhealthy),b: unhealthy"),
  ])
  func verdicts(_ containers: String, _ expected: String) {
    let verdict = ContainerHealth.judge(
      containers.split(separator: ",").map { text in
        let words = text.split(separator: " ").map { $0 == "-" ? nil : utf8(String($0)) }
        return ContainerHealth(name: words[0] ?? [], state: words[1], health: words[2])
      })
    let entries = verdict.unhealthy.map { String(decoding: $0.name + utf8(": ") + $0.status, as: UTF8.self) }
    #expect(entries.joined(separator: ",") == expected)
    #expect(verdict.isHealthy == expected.isEmpty)
    #expect(verdict.error.isEmpty)
  }

  @Test func known() throws {
    struct Known: Decodable {
      let containers: [[String?]]
      let healthy: Bool
      let unhealthy: [[String]]
    }
    let known: [Known] = try KnownAnswers.v1("container_health")
    #expect(known.count == 5)
    for known in known {
      let containers = known.containers.map {
        ContainerHealth(name: utf8($0[0] ?? ""), state: $0[1].map(utf8), health: $0[2].map(utf8))
      }
      let verdict = ContainerHealth.judge(containers)
      #expect(verdict.isHealthy == known.healthy)
      #expect(verdict.unhealthy.map { [$0.name, $0.status] } == known.unhealthy.map { $0.map(utf8) })
    }
  }

  @Test func inspections() throws {
    let container = try ContainerHealth.parse(
      utf8(#"{"Id":"x","State":{"Status":"running","Health":{"Status":"healthy","Log":[]}},"Config":{}}"#), name: utf8("web"))
    #expect(container.state == utf8("running") && container.health == utf8("healthy"))
    for text in ["{}", #"{"State":null}"#, #"{"State":{"Status":null,"Health":null}}"#] {
      let container = try ContainerHealth.parse(utf8(text), name: [])
      #expect(container.state == nil && container.health == nil)
    }
    for text in [
      "", "[]", #"{"State":1}"#, #"{"State":{"Status":1}}"#, #"{"State":{"Health":{"Status":{}}}}"#, #"{"State":{}"#,
    ] {
      #expect(
        failureText { _ = try ContainerHealth.parse(utf8(text), name: []) } == "the container engine's answer is malformed")
    }
    let word = String(repeating: "a", count: Limits.healthWord + 1)
    let long = try ContainerHealth.parse(utf8(#"{"State":{"Status":"\#(word)"}}"#), name: [])
    #expect(long.state?.count == Limits.healthWord)
    let wide = try ContainerHealth.parse(utf8(#"{"State":{"Status":"a\#(String(repeating: "é", count: 40))"}}"#), name: [])
    #expect(wide.state == utf8("a" + String(repeating: "é", count: 31)))
    #expect(try ContainerHealth.parse(utf8(#"{"State":{"Status":""}}"#), name: []).state == nil)
  }

  @Test func projects() throws {
    #expect(try ComposeHealth.project(utf8(#"{"namespace":"n","project":"App","snapshotter":""}"#)) == utf8("App"))
    for text in ["", "{}", #"{"project":null}"#] { #expect(try ComposeHealth.project(utf8(text)) == nil) }
    #expect(
      failureText { _ = try ComposeHealth.project(utf8(#"{"project":1}"#)) } == "project: expected a JSON string at byte 11")
    for (compose, name) in [
      ("name: Web\nservices: {}\n", "web"), ("services: {}\nname: \"My-App\"\n", "my-app"), ("name: 'a' # b\n", "a"),
      ("", "dstack"), ("services:\n  name: x\n", "dstack"), ("name:\n", "dstack"), ("name: \"", "\""), ("name:foo\n", "dstack"),
      ("name:\tA\n", "a"),
    ] { #expect(HealthSource.project(utf8(compose)) == utf8(name)) }
  }
}
