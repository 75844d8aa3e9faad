/// The first byte of what was found of the app's health file. The content follows, or in words why there is none.
enum HealthFinding: UInt8 { case content, missing, special, unreadable }
