/// Any object. `Array` has something else by the name of Swift's.
typealias Reference = AnyObject

extension Array where Element: Reference {
  /// Like the standard library's. In memory all arrays of objects look alike, so that one function serves those of every class.
  @inline(__always)
  mutating func append(_ object: Element) {
    withUnsafeMutablePointer(to: &self) { array in
      array.withMemoryRebound(to: [Reference].self, capacity: 1) { agent.append(object, to: &$0.pointee) }
    }
  }
}

@inline(never)
private func append(_ object: Reference, to objects: inout [Reference]) { grow(&objects, object) }
