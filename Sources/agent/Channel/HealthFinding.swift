/// The outcome of reading the app's health file: the first byte of the answer. The content follows, or why there is none.
enum HealthFinding: UInt8 { case content, missing, special, unreadable }
