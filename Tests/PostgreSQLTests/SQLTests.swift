import FoundationEssentials
import Testing

@testable import PostgreSQL

@Suite struct `A statement's text` {
  @Test func `holds no value, only placeholders`() {
    let name = "'; DROP TABLE shops; --"
    let sql: SQL = "SELECT * FROM t WHERE name = \(name) AND n = \(7) AND x = \("literal")"
    #expect(sql.text == "SELECT * FROM t WHERE name = $1 AND n = $2 AND x = $3")
    #expect(sql.binds == [name.bind, 7.bind, "literal".bind])
  }

  @Test func `takes a text that was itself put together as a value`() {
    let sql: SQL = "SELECT \("a\(1)b")"
    #expect(sql.text == "SELECT $1")
    #expect(sql.binds == ["a1b".bind])
  }

  @Test func `numbers the placeholders of its parts on from its own`() {
    let part: SQL = "a = \(1) OR b = \(2)"
    let sql: SQL = "SELECT \(0) WHERE (\(part)) AND (\(part)) AND c = \(3)"
    #expect(sql.text == "SELECT $1 WHERE (a = $2 OR b = $3) AND (a = $4 OR b = $5) AND c = $6")
    #expect(sql.binds == [0, 1, 2, 1, 2, 3].map(\.bind))
  }

  @Test func `numbers more than ten placeholders of a part`() {
    let part: SQL =
      "\(1),\(2),\(3),\(4),\(5),\(6),\(7),\(8),\(9),\(10),\(11),\(12)"
    let sql: SQL = "SELECT \(0),\(part)"
    #expect(sql.text == "SELECT " + (1...13).map { "$\($0)" }.joined(separator: ","))
    #expect(sql.binds == (0...12).map(\.bind))
  }

  @Test func `leaves what looks like a placeholder in a part's own words`() {
    let part: SQL = "price = '$1 or $2' AND é́ = \(5) AND x = '$1'"
    let sql: SQL = "SELECT \(4) WHERE \(part)"
    #expect(sql.text == "SELECT $1 WHERE price = '$1 or $2' AND é́ = $2 AND x = '$1'")
    #expect(sql.binds == [4.bind, 5.bind])
  }

  @Test func `of a part within a part within a part is still in order`() {
    let inner: SQL = "\(1)+\(2)"
    let middle: SQL = "\(0)-(\(inner))"
    let outer: SQL = "\(9)*(\(middle))*\(8)"
    #expect(outer.text == "$1*($2-($3+$4))*$5")
    #expect(outer.binds == [9, 0, 1, 2, 8].map(\.bind))
  }

  @Test func `of a part that is empty or has no values is taken as it is`() {
    let none: SQL = ""
    let plain: SQL = "TRUE"
    let sql: SQL = "\(none)SELECT \(1)\(none) WHERE \(plain)"
    #expect(sql.text == "SELECT $1 WHERE TRUE")
  }

  @Test(arguments: ["a\0b", "\0"]) func `refuses text with a NUL character`(text: String) {
    let statements: [[SQL]] = [["SELECT \(text)"], ["SELECT 1", "SELECT \([text])"]]
    for statement in statements {
      #expect(throws: PostgreSQLError.self) { try statement.checkValues() }
    }
  }

  @Test func `refuses a date that PostgreSQL would take for infinity`() {
    let dates = [Double.infinity, -.infinity, .nan, 1e300].map {
      Date(timeIntervalSince1970: $0)
    }
    for date in dates {
      #expect(throws: PostgreSQLError.self) { try [SQL("SELECT \(date)")].checkValues() }
      #expect(throws: PostgreSQLError.self) { try [SQL("SELECT \([date])")].checkValues() }
    }
  }
}
