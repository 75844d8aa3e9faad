/// The body of an answer, made while it is sent, of a length that is known before. A slow reader costs one part of it. The subclasses
/// make it.
class BodyReader {
  /// Bytes that are still to come.
  var remaining: Int { 0 }

  /// Appends the next part, which is not empty and has `Limits.bodyPart` bytes at most. Not to be called once nothing remains.
  func read(into out: ByteBuffer) {}
}
