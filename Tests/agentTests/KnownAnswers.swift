import Foundation

/// The known answers of docs/spec that no call or command shows. The end-to-end tests have the others (Tests/e2e/test_known_answers.py).
enum KnownAnswers {
  /// A member of vectors-v1.json that is an array of objects.
  static func v1<Item: Decodable>(_ name: String) throws -> [Item] {
    let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../docs/spec/vectors-v1.json").standardized
    let members = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    return try JSONDecoder().decode([Item].self, from: JSONSerialization.data(withJSONObject: members?[name] ?? []))
  }
}
