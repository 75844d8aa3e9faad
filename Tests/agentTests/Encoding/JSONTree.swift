import Foundation

@testable import agent

/// A JSON value, for tests only: the agent never builds one.
indirect enum JSONTree: Equatable {
  case null
  case bool(Bool)
  /// The number's text, as nothing here computes with it.
  case number
  case string([UInt8])
  case array([JSONTree])
  case object([String: JSONTree])

  /// Reads every value with the reader's calls for used values.
  static func read(_ text: [UInt8]) throws(AgentError) -> JSONTree {
    var reader = JSONReader(text)
    let tree = try value(&reader)
    try reader.end()
    return tree
  }

  private static func value(_ reader: inout JSONReader) throws(AgentError) -> JSONTree {
    switch reader.peek() {
    case UInt8(ascii: "{"):
      var members: [String: JSONTree] = [:]
      var items = try reader.enterObject()
      while let name = try reader.nextMember(&items) {
        members[String(decoding: name, as: Unicode.UTF8.self)] = try value(&reader)
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONTree] = []
      var items = try reader.enterArray()
      while try reader.nextElement(&items) { elements.append(try value(&reader)) }
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try reader.string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try reader.bool())
    case UInt8(ascii: "n") where try reader.null(): return .null
    default:
      try reader.skip()
      return .number
    }
  }

  /// Skips one value and wants the end.
  static func skip(_ text: [UInt8]) throws(AgentError) {
    var reader = JSONReader(text)
    try reader.skip()
    try reader.end()
  }

  /// What Foundation makes of the same text.
  static func foundation(_ text: [UInt8]) throws -> JSONTree {
    try tree(JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed))
  }

  private static func tree(_ value: Any) throws -> JSONTree {
    switch value {
    case let members as [String: Any]: .object(try members.mapValues(tree))
    case let elements as [Any]: .array(try elements.map(tree))
    case let text as String: .string(Array(text.utf8))
    case is NSNull: .null
    // "c" is how Foundation marks a Bool
    case let number as NSNumber: String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number
    default: throw CocoaError(.coderInvalidValue)
    }
  }
}
