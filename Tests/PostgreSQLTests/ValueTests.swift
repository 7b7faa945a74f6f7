import FoundationEssentials
import TestSupport
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(5))) struct `A value` {
  let pool: Pool

  init() async throws { pool = try await Place.pool(size: 1) }

  private func roundTrip<Value: Bindable & ColumnDecodable>(_ sent: Value) async throws -> Value {
    try await pool.run(value("SELECT \(sent) AS value", as: Value.self), as: .login)[0]
  }

  /// What is read where the server makes the value from text.
  private func read<Value: ColumnDecodable & Sendable>(
    _ text: SQL, as type: Value.Type
  ) async throws -> Value {
    try await pool.run(value("SELECT \(text) AS value", as: type), as: .login)[0]
  }

  private func expectSame<Value: Bindable & ColumnDecodable & Equatable>(
    _ values: [Value]
  ) async throws {
    for value in values { #expect(try await roundTrip(value) == value) }
    for value in values.map(Optional.some) + [nil] {
      #expect(try await roundTrip(value) == value)
    }
    #expect(try await roundTrip(values) == values)
    #expect(try await roundTrip([Value]()) == [])
    let withNulls = [nil] + values.map(Optional.some) + [nil]
    #expect(try await roundTrip(withNulls) == withNulls)
    #expect(try await roundTrip([Value?.none, nil]) == [nil, nil])
  }

  @Test func `that is a whole number comes back`() async throws {
    try await expectSame([0, 1, -1, .max, .min])
    #expect(try await read("(-32768)::int2", as: Int.self) == -32_768)
    #expect(try await read("(-2147483648)::int4", as: Int.self) == -2_147_483_648)
    #expect(try await read("'{1,NULL}'::int2[]", as: [Int?].self) == [1, nil])
  }

  @Test func `that is an amount comes back, up to the limits`() async throws {
    let edges: [Int128] = [
      0, 1, -1, 9_999, 10_000, 10_001, -10_000, 99_999_999, 100_000_000, 100_000_001, 10_000_0000,
      12_340_000, 1_000_000_000_000_000_000_000, .max, .min, .max - 1, .min + 1,
    ]
    try await expectSame(edges)
    for exponent in 0...38 {
      let power = (0..<exponent).reduce(Int128(1)) { product, _ in product * 10 }
      for amount in [power, -power, power - 1, power + 1] {
        #expect(try await roundTrip(amount) == amount)
        #expect(
          try await read("\(SQL(stringLiteral: "'\(amount)'"))::numeric", as: Int128.self) == amount
        )
      }
    }
  }

  @Test(arguments: UInt64(1)...20)
  func `that is a random amount comes back`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let amounts = (1...200).map { _ in
      let bits = Int128(truncatingIfNeeded: random.next()) << 64 | Int128(random.next())
      return bits >> Int128.random(in: 0...127, using: &random)
    }
    #expect(try await roundTrip(amounts) == amounts, "seed \(seed)")
  }

  @Test func `that is an amount may be written with a point where nothing is behind it`()
    async throws
  {
    for (text, amount) in [("1e4", 10_000), ("10000.000", 10_000), ("-7.0", -7), ("0.00", 0)] {
      let sql = SQL(stringLiteral: "'\(text)'::numeric")
      #expect(try await read(sql, as: Int128.self) == Int128(amount))
    }
  }

  @Test(arguments: [
    "0.5", "1.5", "-0.0001", "10000.00001", "0.00000000001", "NaN", "Infinity", "-Infinity",
    "170141183460469231731687303715884105728", "-170141183460469231731687303715884105729", "1e39",
    "1e1000", "1e-1000",
  ])
  func `that is no whole amount, or too large, is refused`(text: String) async throws {
    let sql = SQL(stringLiteral: "'\(text)'::numeric")
    let error = await failure { try await read(sql, as: Int128.self) }
    guard case .row(.outOfRange("value")) = error else {
      Issue.record("\(text): \(String(describing: error))")
      return
    }
  }

  @Test func `that is a floating-point number comes back to the bit`() async throws {
    try await expectSame([
      0, -0.0, 1.5, .pi, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity, -.infinity,
    ])
    #expect(try await roundTrip(-0.0).sign == .minus)
    #expect(try await roundTrip(Double.nan).isNaN)
  }

  @Test func `that is true or false comes back`() async throws {
    try await expectSame([true, false])
  }

  @Test func `that is an id comes back`() async throws {
    try await expectSame([UUID(), UUID()])
  }

  @Test func `that is bytes comes back`() async throws {
    try await expectSame([
      Bytes([]), Bytes(Array(0...255)), Bytes(Array(repeating: 0, count: 1_000_000)),
    ])
  }

  @Test func `that is JSON comes back`() async throws {
    try await expectSame([JSONText(#"{"a": [1, "b\"c\\d,e", null]}"#), JSONText("null")])
    #expect(try await read("'[1]'::json", as: JSONText.self) == JSONText("[1]"))
    #expect(try await read("'[1]'::jsonb", as: String.self) == "[1]")
  }

  static let texts = [
    "", " ", "NULL", "null", "{}", "{a,b}", "a,b", "\"", "\\", "\\\"", "''", "$1",
    "line\nbreak\r\n\t",
    "\"\u{301}", "\\\u{301}", "x\"\u{301},\"y", "شیر و 🦜 و مرغ", "\u{1}\u{7f}", "\u{feff}",
    String(repeating: "long ", count: 100_000),
  ]

  @Test func `that is text comes back, whatever is in it`() async throws {
    try await expectSame(Self.texts)
    for (type, text) in [("varchar(9)", "v"), ("char(3)", "c  "), ("name", "n"), ("json", "[1]")] {
      let sql = SQL(stringLiteral: "'\(text)'::\(type)")
      #expect(try await read(sql, as: String.self) == text)
    }
  }

  @Test(arguments: UInt64(1)...20)
  func `that is random text in a list comes back`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let pieces = ["\"", "\\", ",", "{", "}", "NULL", "'", "\u{301}", "a", " ", "\n", "🦜", "$1"]
    let texts = (1...100).map { _ -> String? in
      let count = Int.random(in: -1...8, using: &random)
      guard count >= 0 else { return nil }
      return (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
    }
    #expect(try await roundTrip(texts) == texts, "seed \(seed)")
  }

  @Test(arguments: UInt64(1)...5)
  func `that is a date comes back to the microsecond`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    // From 1970 to 2100.
    let microseconds = (1...200).map { _ in
      Int.random(in: 0...4_102_444_800_000_000, using: &random)
    }
    let dates = microseconds.map { Date(timeIntervalSince1970: Double($0) / 1_000_000) }
    #expect(try await microsecondsOnServer(of: dates) == microseconds, "seed \(seed)")
    let back = try await roundTrip(dates)
    #expect(try await microsecondsOnServer(of: back) == microseconds, "seed \(seed)")
  }

  private func microsecondsOnServer(of dates: [Date]) async throws -> [Int] {
    try await pool.run(
      value(
        """
        SELECT (extract(epoch FROM moment) * 1000000)::int8 AS value
          FROM unnest(\(dates)) WITH ORDINALITY AS list (moment, place) ORDER BY place
        """, as: Int.self), as: .login)
  }

  @Test func `that is a date may be long ago, or not be`() async throws {
    try await expectSame([
      Date(timeIntervalSince1970: 0), .distantPast, .distantFuture,
      Date(timeIntervalSince1970: 946_684_800),
    ])
    for text in ["infinity", "-infinity"] {
      let sql = SQL(stringLiteral: "'\(text)'::timestamptz")
      let error = await failure { try await read(sql, as: Date?.self) }
      #expect("\(error!)".contains("outOfRange(\"value\")"))
    }
  }

  @Test func `that cannot be sent is refused, and the connection goes on`() async throws {
    #expect(await failure { try await roundTrip("a\0b") }?.name == "unsendable")
    let endless = Date(timeIntervalSince1970: .infinity)
    #expect(await failure { try await roundTrip(endless) }?.name == "unsendable")
    #expect(try await roundTrip(1) == 1)
  }

  @Test func `of which there are sixty thousand in one statement arrives`() async throws {
    var interpolation = SQL.StringInterpolation(literalCapacity: 0, interpolationCount: 0)
    interpolation.appendLiteral("SELECT array_length(ARRAY[")
    for number in 1...60_000 {
      if number > 1 { interpolation.appendLiteral(",") }
      interpolation.appendInterpolation(number)
    }
    interpolation.appendLiteral("], 1) AS value")
    let count = value(SQL(stringInterpolation: interpolation), as: Int.self)
    #expect(try await pool.run(count, as: .login) == [60_000])
  }

  @Test func `too many for one statement are refused, and the connection goes on`() async throws {
    var interpolation = SQL.StringInterpolation(literalCapacity: 0, interpolationCount: 0)
    for number in 0...65_535 { interpolation.appendInterpolation(number) }
    let command = Command(SQL(stringInterpolation: interpolation))
    #expect(await failure { try await pool.run(command, as: .login) }?.name == "unsendable")
    #expect(try await roundTrip(1) == 1)
  }

  @Test func `in a text of five megabytes arrives`() async throws {
    let long = String(repeating: "x", count: 5_000_000)
    #expect(
      try await read("length(\(SQL(stringLiteral: "'\(long)'")))::int8", as: Int.self) == 5_000_000)
  }
}

@Suite struct `A column that is not as expected` {
  private func error<Value: ColumnDecodable & Sendable>(
    _ sql: SQL, as type: Value.Type
  ) async throws -> RowError? {
    let pool = try await Place.pool(size: 1)
    let query = Query<Value>(sql) { row throws(RowError) in try row.get("wanted") }
    guard case .row(let error) = await failure({ try await pool.run(query, as: .login) }) else {
      return nil
    }
    return error
  }

  @Test func `is named when it is missing`() async throws {
    #expect(try await error("SELECT 1 AS other", as: Int.self) == .missingColumn("wanted"))
    #expect(try await error("SELECT 1 AS wanted2", as: Int.self) == .missingColumn("wanted"))
  }

  @Test func `is named when it is NULL`() async throws {
    let sql: SQL = "SELECT NULL::int8 AS wanted"
    #expect(try await error(sql, as: Int.self) == .unexpectedNull("wanted"))
    let list: SQL = "SELECT '{1,NULL}'::int8[] AS wanted"
    #expect(try await error(list, as: [Int].self) == .unexpectedNull("wanted"))
  }

  @Test func `is named with its type when it is of another`() async throws {
    #expect(
      try await error("SELECT 'x'::text AS wanted", as: Int.self) == .wrongType("wanted", oid: 25))
    #expect(
      try await error("SELECT 1::int8 AS wanted", as: String.self) == .wrongType("wanted", oid: 20))
    #expect(
      try await error("SELECT now()::timestamp AS wanted", as: Date.self)
        == .wrongType("wanted", oid: 1114))
    #expect(
      try await error("SELECT '{a}'::text[] AS wanted", as: [Int].self)
        == .wrongType("wanted", oid: 1009))
    #expect(
      try await error("SELECT 'x'::text AS wanted", as: [Int].self) == .wrongType("wanted", oid: 25)
    )
    #expect(
      try await error("SELECT '{1}'::int8[] AS wanted", as: Int.self)
        == .wrongType("wanted", oid: 1016))
    #expect(
      try await error("SELECT '{{1},{2}}'::int8[] AS wanted", as: [Int].self)
        == .wrongType("wanted", oid: 1016))
  }
}

@Suite struct `A cell` {
  private static let oids: [UInt32] =
    [16, 17, 19, 20, 21, 23, 25, 114, 701, 1042, 1043, 1184, 1700, 2950, 3802]
    + [1000, 1001, 1009, 1016, 1005, 1007, 1022, 1185, 1231, 2951, 3807]

  /// Decodes as everything: what matters is that it comes back from there.
  private func decodeAsEverything(_ bytes: [UInt8], oid: UInt32) {
    func attempt<Value: ColumnDecodable>(_ type: Value.Type) -> Bool {
      bytes.withUnsafeBytes { bytes in
        do throws(CellError) {
          _ = try Value.decode(bytes, oid: oid)
          return true
        } catch {
          return false
        }
      }
    }
    func attemptAlsoLists<Value: ColumnDecodable>(_ type: Value.Type) {
      for decoded in [attempt(type), attempt(Value?.self), attempt([Value].self)] where decoded {}
      _ = attempt([Value?].self)
      _ = attempt([[Value]].self)
    }
    attemptAlsoLists(String.self)
    attemptAlsoLists(Int.self)
    attemptAlsoLists(Int128.self)
    attemptAlsoLists(Double.self)
    attemptAlsoLists(Bool.self)
    attemptAlsoLists(UUID.self)
    attemptAlsoLists(Date.self)
    attemptAlsoLists(Bytes.self)
    attemptAlsoLists(JSONText.self)
  }

  @Test(arguments: UInt64(1)...10)
  func `of random bytes never traps`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let edges: [UInt8] = [0, 0, 0, 1, 2, 0x7f, 0x80, 0xff, 0xff]
    for _ in 1...100 {
      let count = Int.random(in: 0...48, using: &random)
      let bytes = (0..<count).map { _ in
        Bool.random(using: &random)
          ? edges.randomElement(using: &random)! : UInt8.random(in: 0...255, using: &random)
      }
      for oid in Self.oids { decodeAsEverything(bytes, oid: oid) }
    }
  }

  @Test(arguments: UInt64(1)...10)
  func `of a list with one field spoilt never traps`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let fields: [Int32] = [.min, .max, -2, -1, 0, 1, 2, 3, 4, 8, 1 << 30]
    for _ in 1...100 {
      // Dimensions, has-null flag, element type, length, lower bound, then lengths and elements.
      var words: [Int32] = [1, 0, 20, 2, 1, 8, 0, 7, 8, 0, 9]
      words[Int.random(in: 0..<words.count, using: &random)] =
        fields.randomElement(using: &random)!
      words[2] = [20, 23, 25, 1700].randomElement(using: &random)!
      let bytes = words.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
      for oid: UInt32 in [1016, 1009, 1231] { decodeAsEverything(bytes, oid: oid) }
    }
  }

  @Test func `of a list that ends too early, or says so, is refused`() {
    func words(_ words: Int32...) -> [UInt8] {
      words.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }
    let spoilt = [
      [], words(1), words(1, 0, 20), words(1, 0, 20, 1), words(1, 0, 20, -1, 1),
      words(1, 0, 20, .max, 1), words(1, 0, 20, 1, 1), words(1, 0, 20, 1, 1, 8, 0),
      words(1, 0, 20, 1, 1, .max, 0, 0), words(1, 0, 20, 1, 1, .min, 0, 0),
      words(1, 0, 20, 1, 1, -2, 0, 0), words(-1, 0, 20, 1, 1, 8, 0, 7), words(2, 0, 20, 1, 1, 1, 1),
    ]
    for bytes in spoilt {
      #expect(throws: CellError.self, "\(bytes)") {
        try bytes.withUnsafeBytes { bytes throws(CellError) in
          try [Int].decode(bytes, oid: TypeID.int8.array)
        }
      }
    }
    #expect(throws: Never.self) {
      try words(1, 0, 20, 1, 1, 8, 0, 7).withUnsafeBytes { bytes throws(CellError) in
        try [Int].decode(bytes, oid: TypeID.int8.array)
      }
    }
  }

  @Test func `of a number with digits that are none is refused`() {
    for digit: UInt16 in [10_000, 0x7fff, 0x8000, 0xffff] {
      let bytes = [1, 0, 0, 0, digit].flatMap { word in
        withUnsafeBytes(of: UInt16(word).bigEndian) { Array($0) }
      }
      #expect(throws: CellError.self) {
        try bytes.withUnsafeBytes { bytes throws(CellError) in
          try Int128.decode(bytes, oid: TypeID.numeric.oid)
        }
      }
    }
  }
}
