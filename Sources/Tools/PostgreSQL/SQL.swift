/// SQL text in which every interpolated value has become `$1`, `$2`, …; values never enter the text.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
  package let text: String
  package let binds: [Bind]
  /// Where in the text's UTF-8 each bind's placeholder stands: a `$1` of the author's is none.
  private let placeholders: [Range<Int>]

  package init(stringLiteral value: String) {
    text = value
    binds = []
    placeholders = []
  }

  package init(stringInterpolation: StringInterpolation) {
    text = stringInterpolation.text
    binds = stringInterpolation.binds
    placeholders = stringInterpolation.placeholders
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text: String
    fileprivate var binds: [Bind] = []
    fileprivate var placeholders: [Range<Int>] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      text = ""
      text.reserveCapacity(literalCapacity + 3 * interpolationCount)
      binds.reserveCapacity(interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { text += literal }

    package mutating func appendInterpolation(_ value: some Bindable) {
      append(value.bind)
    }

    /// A piece of SQL with its own values, such as a filter that a list may have.
    package mutating func appendInterpolation(_ part: SQL) {
      // The part's placeholders are numbered from 1: renumbered from where we are.
      let bytes = part.text.utf8
      var position = 0
      for (bind, placeholder) in zip(part.binds, part.placeholders) {
        appendLiteral(bytes, position..<placeholder.lowerBound)
        append(bind)
        position = placeholder.upperBound
      }
      appendLiteral(bytes, position..<bytes.count)
    }

    private mutating func appendLiteral(_ bytes: String.UTF8View, _ range: Range<Int>) {
      let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
      let end = bytes.index(start, offsetBy: range.count)
      text += Substring(bytes[start..<end])
    }

    private mutating func append(_ bind: Bind) {
      binds.append(bind)
      let start = text.utf8.count
      text += "$"
      text += String(binds.count)
      placeholders.append(start..<text.utf8.count)
    }
  }
}

/// Rows that a statement returns, and how each becomes a value.
package struct Query<Row: Sendable>: Statement {
  package typealias Decode =
    @Sendable (borrowing PostgreSQL.Row) throws(RowError) -> Row

  package let sql: SQL
  private let decode: Decode

  package init(_ sql: SQL, decode: @escaping Decode) {
    self.sql = sql
    self.decode = decode
  }

  package func output(of result: borrowing StatementResult) throws(RowError) -> [Row] {
    var rows: [Row] = []
    rows.reserveCapacity(result.rowCount)
    for index in 0..<result.rowCount {
      rows.append(try decode(PostgreSQL.Row(of: result, at: index)))
    }
    return rows
  }
}

/// A statement whose rows nobody reads. Its output is the number of rows it touched.
package struct Command: Statement {
  package let sql: SQL

  package init(_ sql: SQL) { self.sql = sql }

  package func output(of result: borrowing StatementResult) throws(RowError) -> Int {
    result.touchedRowCount
  }
}

/// What can be sent in one round trip beside others: a `Query` or a `Command`.
package protocol Statement: Sendable {
  associatedtype Output: Sendable
  var sql: SQL { get }
  func output(of result: borrowing StatementResult) throws(RowError) -> Output
}

/// Several statements that travel together, and their answers.
enum Statements {
  static func texts<each Sent: Statement>(of statement: repeat each Sent) -> [SQL] {
    var texts: [SQL] = []
    for part in repeat each statement { texts.append(part.sql) }
    return texts
  }

  static func outputs<each Sent: Statement>(
    of statement: repeat each Sent, results: [StatementResult]
  ) throws(PostgreSQLError) -> (repeat (each Sent).Output) {
    var rest = results[...]
    return (repeat try output(of: each statement, rest.removeFirst()))
  }

  static func output<Sent: Statement>(
    of statement: Sent, _ result: StatementResult
  ) throws(PostgreSQLError) -> Sent.Output {
    do throws(RowError) {
      return try statement.output(of: result)
    } catch {
      throw .row(error)
    }
  }
}
