import API
import Fields
import FoundationEssentials
import Testing

@Suite struct `A list in pages` {
  private struct Position: Codable, Equatable {
    let at: Int
    let name: String
  }

  private func paging(_ limit: Int, _ cursor: String? = nil) throws -> Paging {
    try Paging.fields.parse(
      .form(
        [.init("limit", .string("\(limit)"))]
          + (cursor.map { [.init("cursor", .string($0))] } ?? [])))
  }

  private func page(of all: [Int], _ paging: Paging) throws -> Listed<Int> {
    let start = try paging.start(as: Position.self)
    let behind = all.filter { $0 > start?.at ?? .min }.prefix(paging.rowsToRead)
    return try Listed(Array(behind), paging) {
      Position(at: $0, name: "é/\($0)+?")
    } item: {
      $0
    }
  }

  @Test(arguments: 0...13)
  func `shows every row once, in its order, and then ends`(count: Int) throws {
    let all = Array(0..<count)
    var (seen, cursor): ([Int], String?) = ([], nil)
    repeat {
      let page = try page(of: all, try paging(4, cursor))
      #expect(page.data.count <= 4)
      seen += page.data
      cursor = page.nextCursor
    } while cursor != nil
    #expect(seen == all)
  }

  @Test func `a cursor stands in an address as it is`() throws {
    let cursor = try #require(try page(of: Array(0..<9), try paging(4)).nextCursor)
    let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    #expect(cursor.allSatisfy(allowed.contains))
  }

  @Test(arguments: [
    "x", "????", "bnVsbA", "W10", "e30", "eyJhdCI6IjEnIE9SIDE9MSJ9", "' OR 1=1 --", "é",
    String(repeating: "A", count: 500),
  ])
  func `a cursor that is none of ours is refused`(cursor: String) throws {
    let paging = try paging(4, cursor)
    let refused = #expect(throws: InvalidCursor.self) { try paging.start(as: Position.self) }
    #expect(refused?.status == 400)
    #expect(refused?.code == "invalid_cursor")
  }

  @Test(arguments: [0, -1, 101, 1_000_000])
  func `shows one to a hundred rows at a time`(limit: Int) {
    #expect(throws: InvalidInput.self) { try paging(limit) }
  }

  @Test func `shows twenty where nobody says how many`() throws {
    #expect(try Paging.fields.parse(.object([])).limit == 20)
  }

  @Test func `says that there is no next page, rather than nothing`() throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(try page(of: [1], try paging(4)))
    #expect(String(decoding: json, as: UTF8.self) == #"{"data":[1],"next_cursor":null}"#)
  }
}
