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

  /// As the standard library's, in the same way.
  @inline(__always)
  @discardableResult
  mutating func remove(at index: Int) -> Element {
    let object = self[index]
    withUnsafeMutablePointer(to: &self) { array in
      array.withMemoryRebound(to: [Reference].self, capacity: 1) { agent.remove(at: index, from: &$0.pointee) }
    }
    return object
  }

  /// As the standard library's, in the same way.
  @inline(__always)
  @discardableResult
  mutating func removeFirst() -> Element { remove(at: 0) }
}

@inline(never)
private func append(_ object: Reference, to objects: inout [Reference]) { grow(&objects, object) }

@inline(never)
private func remove(at index: Int, from objects: inout [Reference]) { shrink(&objects, index) }

/// Removes with the standard library's method.
private func shrink<Element>(_ elements: inout [Element], _ index: Int) { elements.remove(at: index) }
