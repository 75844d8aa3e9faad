/// The text of app-compose.json, plain for answers and escaped for a JSON string. It may be long: readers read copies, which share the
/// bytes.
final class ComposeText {
  let bytes: [UInt8]
  let text: BodyReader
  let escaped: BodyReader

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    text = JoinedBody(bytes)
    text.measure()
    escaped = EscapedBody(text, .json)
    escaped.measure()
  }
}

/// What a serving agent needs from app-compose.json: its text, the app's name, what anyone may see, and how health is judged. The startup,
/// which must understand all of it, reads `AppCompose`.
final class AppDescription {
  let compose: ComposeText
  /// UTF-8; empty if there is none.
  let name: [UInt8]
  let visibility: AppVisibility
  let health: HealthSource

  /// Throws `.invalid` for a text that is not a JSON object, for a member read here that has the wrong type, and for any member given
  /// twice.
  init(_ compose: [UInt8]) throws(AgentError) {
    self.compose = ComposeText(compose)
    let object = JSONObject(compose)
    (name, visibility) = (object.text("name") ?? [], AppVisibility(in: object))
    health = HealthSource(in: object)
    object.refuseRepeated()
    try object.finish()
  }
}
