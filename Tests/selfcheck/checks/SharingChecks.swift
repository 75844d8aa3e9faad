/// Arrays that are changed while somebody else holds them: whoever kept one must not see the change. A compiler that wrongly
/// takes an array for unshared writes in place. One did, when it moved the retain of the copy past the test whether the array is
/// shared. So each check copies and changes in one function, and nothing else holds the array. The outputs are what was kept,
/// then what was changed.
enum SharingChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) -> [[UInt8]]? {
    let more = inputs[1]
    var data = roomy(inputs[0])
    switch operation {
    case "shared-write": return changed(data) { $0[0] = more[0] }
    case "shared-append": return changed(data) { $0.append(more[0]) }
    case "shared-append-all": return changed(data) { $0 += more }
    case "shared-insert": return changed(data) { $0.insert(contentsOf: more, at: 1) }
    case "shared-replace": return changed(data) { $0.replaceSubrange(0..<2, with: more) }
    case "shared-swap": return changed(data) { $0.swapAt(0, 1) }
    case "shared-remove-first": return changed(data) { $0.removeFirst() }
    case "shared-remove-last": return changed(data) { $0.removeLast() }
    case "shared-remove-all": return changed(data) { $0.removeAll(keepingCapacity: true) }
    case "shared-wipe": return changed(data) { wipe(&$0) }
    case "shared-twice": return twice(data, more)
    case "shared-inout-write": return [keepAndWrite(&data, more), data]
    case "shared-inout-append": return [keepAndAppend(&data, more), data]
    case "shared-struct":
      var box = Box(data: data)
      data = []
      return [keepAndWrite(&box, more).data, box.data]
    case "shared-class-write":
      let holder = Holder(data)
      data = []
      return [holder.keepAndWrite(more), holder.data]
    case "shared-class-append":
      let holder = Holder(data)
      data = []
      return [holder.keepAndAppend(more), holder.data]
    case "shared-class-inout":
      let holder = Holder(data)
      data = []
      return [keepAndWrite(&holder.data, more), holder.data]
    case "shared-closure": return captured(data, more)
    case "shared-nested":
      var list = [data, more]
      data = []
      let kept = keepAndWrite(&list, more)
      return [kept[0], list[0]]
    case "shared-element":
      var list = [data, more]
      data = []
      return [keepElementAndWrite(&list, more), list[0]]
    case "shared-optional": return optional(data, more)
    case "shared-case": return associated(data, more)
    case "shared-slice": return slice(data, more)
    case "shared-origin-of-slice": return originOfSlice(data, more)
    case "shared-snapshots": return snapshots(data, more)
    case "shared-constant": return constant(more)
    case "shared-buffer": return buffer(data, more)
    case "shared-taken": return taken(data, more)
    default: return nil
    }
  }

  /// With spare room after the bytes, so that they could grow in place.
  @inline(never)
  private static func roomy(_ data: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(data.count + 64)
    out.append(contentsOf: data)
    return out
  }

  /// Always inlined, so that copy and change are in the calling function.
  @inline(__always)
  private static func changed(_ data: [UInt8], _ change: (inout [UInt8]) -> Void) -> [[UInt8]] {
    var copy = data
    change(&copy)
    return [data, copy]
  }

  @inline(never)
  private static func twice(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    var (first, second) = (data, data)
    first[0] = more[0]
    second[1] = more[1]
    return [data, first, second]
  }

  @inline(never)
  private static func keepAndWrite(_ data: inout [UInt8], _ more: [UInt8]) -> [UInt8] {
    let kept = data
    data[0] = more[0]
    return kept
  }

  @inline(never)
  private static func keepAndAppend(_ data: inout [UInt8], _ more: [UInt8]) -> [UInt8] {
    let kept = data
    data.append(more[0])
    return kept
  }

  private struct Box {
    var count = 0
    var data: [UInt8]
  }

  @inline(never)
  private static func keepAndWrite(_ box: inout Box, _ more: [UInt8]) -> Box {
    let kept = box
    box.data[0] = more[0]
    box.count += 1
    return kept
  }

  private final class Holder {
    var data: [UInt8]

    init(_ data: [UInt8]) { self.data = data }

    @inline(never)
    func keepAndWrite(_ more: [UInt8]) -> [UInt8] {
      let kept = data
      data[0] = more[0]
      return kept
    }

    @inline(never)
    func keepAndAppend(_ more: [UInt8]) -> [UInt8] {
      let kept = data
      data.append(more[0])
      return kept
    }
  }

  @inline(never)
  private static func captured(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    var held = data
    let write = { held[0] = more[0] }
    let kept = held
    write()
    return [kept, held]
  }

  @inline(never)
  private static func keepAndWrite(_ list: inout [[UInt8]], _ more: [UInt8]) -> [[UInt8]] {
    let kept = list
    list[0][0] = more[0]
    return kept
  }

  @inline(never)
  private static func keepElementAndWrite(_ list: inout [[UInt8]], _ more: [UInt8]) -> [UInt8] {
    let kept = list[0]
    list[0][0] = more[0]
    return kept
  }

  @inline(never)
  private static func optional(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    var copy: [UInt8]? = data
    copy?[0] = more[0]
    return [data, copy ?? []]
  }

  private enum Case {
    case none
    case some([UInt8], UInt8)
  }

  @inline(never)
  private static func associated(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    let kept = Case.some(data, 1)
    guard case .some(var copy, _) = kept else { return [] }
    copy[0] = more[0]
    guard case .some(let before, _) = kept else { return [] }
    return [before, copy]
  }

  @inline(never)
  private static func slice(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    var slice = data[1...]
    slice[1] = more[0]
    slice.append(more[1])
    return [data, Array(slice)]
  }

  @inline(never)
  private static func originOfSlice(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    var data = data
    let slice = data[1...]
    data[1] = more[0]
    data.append(more[1])
    return [Array(slice), data]
  }

  @inline(never)
  private static func snapshots(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    var (data, kept) = (data, [[UInt8]]())
    for byte in more {
      kept.append(data)
      data[0] = byte
    }
    return kept + [data]
  }

  private static let letters: [UInt8] = [0x61, 0x62, 0x63]

  @inline(never)
  private static func constant(_ more: [UInt8]) -> [[UInt8]] {
    var copy = letters
    copy[0] = more[0]
    return [letters, copy]
  }

  @inline(never)
  private static func buffer(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    let buffer = ByteBuffer()
    buffer.append(data)
    let kept = buffer.storage
    buffer.append(more[0])
    return [kept, buffer.storage]
  }

  @inline(never)
  private static func taken(_ data: [UInt8], _ more: [UInt8]) -> [[UInt8]] {
    let buffer = ByteBuffer()
    buffer.append(data)
    let taken = buffer.take()
    buffer.append(more)
    return [taken, buffer.take()]
  }
}
