/// `AnyObject` under a name that `Array` does not have for something else.
typealias Reference = AnyObject

extension Array where Element: Reference {
  /// As the standard library's `append`. All arrays of objects have the same layout, so one function serves every class.
  @inline(__always)
  mutating func append(_ object: Element) {
    withUnsafeMutablePointer(to: &self) { array in
      array.withMemoryRebound(to: [Reference].self, capacity: 1) { agent.append(object, to: &$0.pointee) }
    }
  }
}

@inline(never)
private func append(_ object: Reference, to objects: inout [Reference]) { grow(&objects, object) }
