/// `AnyObject` under a name that does not mean something else inside `Array`.
typealias Reference = AnyObject

extension Array where Element: Reference {
  /// As the standard library's `append`. Arrays of objects all have the same layout, so one function serves every class.
  @inline(__always)
  mutating func append(_ object: Element) {
    withUnsafeMutablePointer(to: &self) { array in
      array.withMemoryRebound(to: [Reference].self, capacity: 1) { agent.append(object, to: &$0.pointee) }
    }
  }
}

@inline(never)
private func append(_ object: Reference, to objects: inout [Reference]) { grow(&objects, object) }
