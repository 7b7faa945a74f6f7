package import Fields
import FoundationEssentials
package import HTML

/// Which part of a list is asked for: so many rows behind the last one that was seen.
///
/// A cursor says where that was, by what the list is sorted by. It is text that only we read: what comes
/// back is decoded into the same types and bound as values, so that a made-up one can at most be a place
/// in the caller's own list.
package struct Paging: Sendable, Equatable {
  package let limit: Int
  /// As the client sent it.
  let cursor: String?

  package static let fields = Fields(limitField, cursorField, as: Paging.init)
  /// For a list that takes other fields beside.
  package static let limitField = Field("limit", .optional(.integer(1...most), default: 20))
  package static let cursorField = Field(
    "cursor", Kind<String?>.optional(.text(max: longestCursor)))

  private static let most = 100
  static let longestCursor = 500

  package init(limit: Int, cursor: String?) {
    self.limit = limit
    self.cursor = cursor
  }

  package init(limit: Int) { self.init(limit: limit, cursor: nil) }

  /// Nil for the start of the list.
  package func start<Position: Decodable>(
    as _: Position.Type = Position.self
  ) throws(InvalidCursor) -> Position? {
    guard let cursor else { return nil }
    guard let data = Data(base64Encoded: cursor.fromAddress),
      let position = try? JSONDecoder().decode(Position.self, from: data)
    else { throw InvalidCursor() }
    return position
  }

  /// How many rows to ask for: one more than is shown tells whether there are others behind.
  package var rowsToRead: Int { limit + 1 }
}

package struct InvalidCursor: UserFacingError, Equatable {
  package var code: String { "invalid_cursor" }
  package var status: Int { 400 }
  package var userMessage: UserMessage {
    UserMessage("This cursor is none of ours.", next: "Start from the first page.")
  }
}

/// A part of a list, and where the next one begins.
package struct Listed<Item: Encodable & Sendable>: Encodable, Sendable {
  package let data: [Item]
  @OrNull package private(set) var nextCursor: String?

  /// - Parameters:
  ///   - rows: As many as `rowsToRead`, or fewer at the end.
  ///   - position: Of a row, by what the list is sorted by.
  package init<Row>(
    _ rows: [Row], _ paging: Paging, position: (Row) -> some Encodable, item: (Row) -> Item
  ) throws {
    let shown = rows.prefix(paging.limit)
    data = shown.map(item)
    let last = rows.count > paging.limit ? shown.last : nil
    _nextCursor = OrNull(
      wrappedValue: try last.map { try JSONEncoder().encode(position($0)).base64ForAddress })
  }
}

extension Schema {
  package static func listed(_ item: Schema) -> Schema {
    .object([
      Property(name: "data", schema: .list(of: item, count: 0...100), isRequired: true),
      Property(
        name: "next_cursor",
        schema: .nullable(.text(length: 1...Paging.longestCursor, format: nil)), isRequired: true),
    ])
  }
}

// Base64 in the alphabet that stands in addresses. Source: RFC 4648, section 5.

extension Data {
  fileprivate var base64ForAddress: String {
    base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
      "=", with: "")
  }
}

extension String {
  fileprivate var fromAddress: String {
    replacing("-", with: "+").replacing("_", with: "/")
      + String(repeating: "=", count: (4 - utf8.count % 4) % 4)
  }
}
