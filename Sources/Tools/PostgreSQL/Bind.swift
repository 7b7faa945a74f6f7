package import FoundationEssentials

/// A value on its way to the server, with the type that its placeholder has.
package struct Bind: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    case null
    /// In PostgreSQL's text format. A NUL byte in it is refused before anything is sent.
    case text(String)
    case binary([UInt8])
    /// A value that PostgreSQL has no form for: refused before anything is sent.
    case unsendable(reason: String)
  }
  let content: Content
  let type: TypeID
}

/// A Swift type that SQL can take as a value.
package protocol Bindable: Sendable {
  static var bindType: TypeID { get }
  var bind: Bind { get }
}

/// A type's object id in the server's catalog. Source: PostgreSQL's `pg_type.dat`, which never changes them.
package struct TypeID: Sendable, Hashable {
  let oid: UInt32
  /// The id of the array of this type, where we send or read such arrays.
  let array: UInt32

  package static let boolean = TypeID(oid: 16, array: 1000)
  package static let bytes = TypeID(oid: 17, array: 1001)
  package static let name = TypeID(oid: 19, array: 1003)
  package static let int8 = TypeID(oid: 20, array: 1016)
  package static let int2 = TypeID(oid: 21, array: 1005)
  package static let int4 = TypeID(oid: 23, array: 1007)
  package static let text = TypeID(oid: 25, array: 1009)
  package static let json = TypeID(oid: 114, array: 199)
  package static let float8 = TypeID(oid: 701, array: 1022)
  package static let characters = TypeID(oid: 1042, array: 1014)
  package static let varchar = TypeID(oid: 1043, array: 1015)
  package static let timestamp = TypeID(oid: 1184, array: 1185)
  package static let numeric = TypeID(oid: 1700, array: 1231)
  package static let uuid = TypeID(oid: 2950, array: 2951)
  package static let jsonb = TypeID(oid: 3802, array: 3807)

  static func isArray(_ oid: UInt32) -> Bool { arrays.contains(oid) }

  private static let arrays = Set(
    [
      boolean, bytes, name, int8, int2, int4, text, json, float8, characters, varchar, timestamp,
      numeric, uuid, jsonb,
    ].map(\.array))
}

extension String: Bindable {
  package static var bindType: TypeID { .text }
  package var bind: Bind { Bind(content: .text(self), type: .text) }
}

extension Int: Bindable {
  package static var bindType: TypeID { .int8 }
  package var bind: Bind { Bind(content: .text(String(self)), type: .int8) }
}

extension Int128: Bindable {
  package static var bindType: TypeID { .numeric }
  package var bind: Bind { Bind(content: .text(String(self)), type: .numeric) }
}

extension Double: Bindable {
  package static var bindType: TypeID { .float8 }
  package var bind: Bind { Bind(content: .text(String(self)), type: .float8) }
}

extension Bool: Bindable {
  package static var bindType: TypeID { .boolean }
  package var bind: Bind { Bind(content: .text(self ? "t" : "f"), type: .boolean) }
}

extension UUID: Bindable {
  package static var bindType: TypeID { .uuid }
  package var bind: Bind {
    let bytes = withUnsafeBytes(of: uuid) { Array($0) }
    return Bind(content: .binary(bytes), type: .uuid)
  }
}

extension Date: Bindable {
  package static var bindType: TypeID { .timestamp }
  /// To the microsecond, which is what the server keeps.
  package var bind: Bind {
    let microseconds = (timeIntervalSince(.postgreSQLEpoch) * 1_000_000).rounded()
    // The ends stand for `infinity`, which no date of ours means.
    guard let value = Int64(exactly: microseconds), value != .min, value != .max else {
      return Bind(content: .unsendable(reason: "a date beyond all calendars"), type: .timestamp)
    }
    return Bind(
      content: .binary(withUnsafeBytes(of: value.bigEndian) { Array($0) }), type: .timestamp)
  }
}

extension Date {
  /// 2000-01-01 00:00 UTC, from which the server counts.
  static let postgreSQLEpoch = Date(timeIntervalSince1970: 946_684_800)
}

/// Bytes for a `bytea` column.
package struct Bytes: Bindable, Equatable {
  package let array: [UInt8]
  package init(_ array: [UInt8]) { self.array = array }

  package static var bindType: TypeID { .bytes }
  package var bind: Bind { Bind(content: .binary(array), type: .bytes) }
}

/// Text that is JSON, for a `jsonb` column.
package struct JSONText: Bindable, Equatable {
  package let text: String
  package init(_ text: String) { self.text = text }

  package static var bindType: TypeID { .jsonb }
  package var bind: Bind { Bind(content: .text(text), type: .jsonb) }
}

extension Optional: Bindable where Wrapped: Bindable {
  package static var bindType: TypeID { Wrapped.bindType }
  package var bind: Bind { self?.bind ?? Bind(content: .null, type: Wrapped.bindType) }
}

extension Array: Bindable where Element: Bindable {
  package static var bindType: TypeID { TypeID(oid: Element.bindType.array, array: 0) }

  /// In the binary format of one-dimensional arrays: dimensions, has-null flag, element type,
  /// length, lower bound, then each element with its length (-1 for null).
  package var bind: Bind {
    let elements = map(\.bind)
    for element in elements {
      if case .unsendable = element.content {
        return Bind(content: element.content, type: Self.bindType)
      }
    }
    let hasText = elements.contains { if case .text = $0.content { true } else { false } }
    // Elements that only have a text form travel as an array literal.
    if hasText { return Bind(content: .text(Self.literal(elements)), type: Self.bindType) }
    var bytes: [UInt8] = []
    bytes.append(bigEndian: elements.isEmpty ? 0 : 1)
    bytes.append(bigEndian: elements.contains { $0.content == .null } ? 1 : 0)
    bytes.append(bigEndian: Int32(bitPattern: Element.bindType.oid))
    guard !elements.isEmpty else { return Bind(content: .binary(bytes), type: Self.bindType) }
    bytes.append(bigEndian: Int32(elements.count))
    bytes.append(bigEndian: 1)
    for element in elements {
      guard case .binary(let content) = element.content else {
        bytes.append(bigEndian: -1)
        continue
      }
      bytes.append(bigEndian: Int32(content.count))
      bytes += content
    }
    return Bind(content: .binary(bytes), type: Self.bindType)
  }

  private static func literal(_ elements: [Bind]) -> String {
    var bytes = [UInt8]("{".utf8)
    for element in elements {
      if bytes.count > 1 { bytes += ",".utf8 }
      guard case .text(let text) = element.content else {
        bytes += "NULL".utf8
        continue
      }
      bytes += "\"".utf8
      // Byte by byte: to a search by characters, a quote with an accent on it is no quote.
      for byte in text.utf8 {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes += "\\".utf8 }
        bytes.append(byte)
      }
      bytes += "\"".utf8
    }
    bytes += "}".utf8
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [SQL] {
  /// The most that one message to the server may hold, with room to spare for what is not a value.
  private static var mostBytes: Int { 1_000_000_000 }

  /// - Throws: `unsendable` when a value has no form that PostgreSQL takes. Nothing was sent then.
  func checkValues() throws(PostgreSQLError) {
    for statement in self where !statement.binds.isEmpty {
      guard statement.binds.count <= Int(UInt16.max) else { throw .unsendable("too many values") }
      var byteCount = 0
      for bind in statement.binds { byteCount += try bind.content.checkedByteCount() }
      guard byteCount <= Self.mostBytes else { throw .unsendable("more than a gigabyte") }
    }
  }
}

extension Bind.Content {
  fileprivate func checkedByteCount() throws(PostgreSQLError) -> Int {
    switch self {
    case .null: return 0
    case .binary(let bytes): return bytes.count
    case .unsendable(let reason): throw .unsendable(reason)
    case .text(let text):
      guard !text.utf8.contains(0) else { throw .unsendable("text with a NUL character") }
      return text.utf8.count
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: Int32) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
