/// What app-compose.json tells an agent that serves: its text, the app's name, and what anyone may see. The startup, which must
/// understand all of it, reads `AppCompose`.
final class AppDescription {
  /// The file as it is.
  let compose: [UInt8]
  /// The same for answers, and as it stands inside of a JSON string. It may be long: what is read are copies, which share the bytes.
  let text: BodyReader
  let escaped: BodyReader
  /// UTF-8; empty if there is none.
  let name: [UInt8]
  let visibility: AppVisibility
  let health: HealthSource

  /// Throws `.invalid` for a text that is no JSON object, has another value than text and flags where this reads, or has any member
  /// twice.
  init(_ compose: [UInt8]) throws(AgentError) {
    self.compose = compose
    text = JoinedBody(compose)
    text.measure()
    escaped = EscapedBody(text, .json)
    escaped.measure()
    let object = JSONObject(compose)
    (name, visibility) = (object.text("name") ?? [], AppVisibility(in: object))
    health = HealthSource(in: object)
    object.refuseRepeated()
    try object.finish()
  }
}
