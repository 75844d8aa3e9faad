/// The text of app-compose.json, plain and escaped for a JSON string. It may be long, so answers take copies of the readers,
/// which share the bytes.
final class ComposeText {
  /// The file as it is.
  let bytes: [UInt8]
  /// The same for the body of an answer.
  let text: BodyReader
  /// The same, escaped for a JSON string.
  let escaped: BodyReader

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    text = JoinedBody(bytes)
    text.measure()
    escaped = EscapedBody(text, .json)
    escaped.measure()
  }
}

/// What the serving agent needs from app-compose.json: its text, the app's name, what anyone may see, and how health is judged.
/// The startup has stricter needs and reads it as `AppCompose`.
final class AppDescription {
  /// The text of the file.
  let compose: ComposeText
  /// UTF-8; empty if there is none.
  let name: [UInt8]
  /// What anyone may see.
  let visibility: AppVisibility
  /// How the app's health is judged.
  let health: HealthSource

  /// Parses the file's text. Throws `.invalid` if it is not a JSON object, if a member read here has the wrong type, and if any
  /// member is given twice.
  init(_ compose: [UInt8]) throws(AgentError) {
    self.compose = ComposeText(compose)
    let object = JSONObject(compose)
    (name, visibility) = (object.text("name") ?? [], AppVisibility(in: object))
    health = HealthSource(in: object)
    object.refuseRepeated()
    try object.finish()
  }
}
