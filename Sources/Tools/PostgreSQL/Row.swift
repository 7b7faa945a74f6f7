import CPQ
package import FoundationEssentials
import Glibc

/// One row of an answer, readable only while it is being decoded.
package struct Row: ~Copyable {
  private let result: OpaquePointer
  private let index: Int32

  init(of result: borrowing StatementResult, at index: Int) {
    self.result = result.pointer
    self.index = Int32(index)
  }

  /// The column's value as the type that the caller expects; optional types take NULL.
  package func get<Value: ColumnDecodable>(
    _ column: StaticString, as type: Value.Type = Value.self
  ) throws(RowError) -> Value {
    guard let position = position(of: column) else { throw .missingColumn("\(column)") }
    if PQgetisnull(result, index, position) == 1 {
      guard let value = Value.null else { throw .unexpectedNull("\(column)") }
      return value
    }
    let bytes = UnsafeRawBufferPointer(
      start: PQgetvalue(result, index, position), count: Int(PQgetlength(result, index, position)))
    let oid = PQftype(result, position)
    do throws(CellError) {
      return try Value.decode(bytes, oid: oid)
    } catch {
      switch error {
      case .wrongType: throw .wrongType("\(column)", oid: oid)
      case .outOfRange: throw .outOfRange("\(column)")
      case .unexpectedNull: throw .unexpectedNull("\(column)")
      }
    }
  }

  private func position(of column: StaticString) -> Int32? {
    column.withUTF8Buffer { name in
      for position in 0..<PQnfields(result) {
        guard let field = PQfname(result, position) else { continue }
        guard strlen(field) == name.count, let wanted = name.baseAddress else { continue }
        if memcmp(field, wanted, name.count) == 0 { return position }
      }
      return nil
    }
  }
}

/// A row that does not have the shape that the code expects: our own mistake, named by column.
package enum RowError: Error, Sendable, Equatable {
  case missingColumn(String)
  case unexpectedNull(String)
  case wrongType(String, oid: UInt32)
  case outOfRange(String)
}

package enum CellError: Error {
  case wrongType, outOfRange
  /// In an array: a column's own NULL never comes to a decoder.
  case unexpectedNull
}

/// A Swift type that a column's binary form can be read as.
package protocol ColumnDecodable {
  /// What NULL is read as; nil where NULL is an error.
  static var null: Self? { get }
  /// - Parameters:
  ///   - bytes: The value in PostgreSQL's binary format.
  ///   - oid: The column's type.
  static func decode(_ bytes: UnsafeRawBufferPointer, oid: UInt32) throws(CellError) -> Self
}

extension ColumnDecodable { package static var null: Self? { nil } }

extension Optional: ColumnDecodable where Wrapped: ColumnDecodable {
  package static var null: Wrapped?? { .some(.none) }
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> Wrapped? { try Wrapped.decode(bytes, oid: oid) }
}

extension String: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> String {
    switch oid {
    case TypeID.text.oid, TypeID.varchar.oid, TypeID.name.oid, TypeID.characters.oid,
      TypeID.json.oid:
      return String(decoding: bytes, as: UTF8.self)
    case TypeID.jsonb.oid:
      // One version byte, then the text.
      guard bytes.first == 1 else { throw .outOfRange }
      return String(decoding: bytes.dropFirst(), as: UTF8.self)
    default: throw .wrongType
    }
  }
}

extension Int: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> Int {
    switch oid {
    case TypeID.int8.oid: Int(try bytes.bigEndian(0, Int64.self))
    case TypeID.int4.oid: Int(try bytes.bigEndian(0, Int32.self))
    case TypeID.int2.oid: Int(try bytes.bigEndian(0, Int16.self))
    default: throw .wrongType
    }
  }
}

extension Bool: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> Bool {
    guard oid == TypeID.boolean.oid, bytes.count == 1 else { throw .wrongType }
    return bytes[0] != 0
  }
}

extension Double: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> Double {
    guard oid == TypeID.float8.oid else { throw .wrongType }
    return Double(bitPattern: try bytes.bigEndian(0, UInt64.self))
  }
}

extension UUID: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> UUID {
    guard oid == TypeID.uuid.oid, bytes.count == 16 else { throw .wrongType }
    return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
  }
}

extension Date: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> Date {
    guard oid == TypeID.timestamp.oid else { throw .wrongType }
    let microseconds = try bytes.bigEndian(0, Int64.self)
    // The ends stand for `infinity`, which no column of ours means.
    guard microseconds != .min, microseconds != .max else { throw .outOfRange }
    return Date(timeInterval: Double(microseconds) / 1_000_000, since: .postgreSQLEpoch)
  }
}

extension Bytes: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> Bytes {
    guard oid == TypeID.bytes.oid else { throw .wrongType }
    return Bytes(Array(bytes))
  }
}

extension JSONText: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> JSONText {
    guard oid == TypeID.jsonb.oid || oid == TypeID.json.oid else { throw .wrongType }
    return JSONText(try String.decode(bytes, oid: oid))
  }
}

extension Int128: ColumnDecodable {
  /// A whole `numeric`: digits to base 10 000, the first weighing 10 000 to the power of `weight`.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> Int128 {
    if oid == TypeID.int8.oid { return Int128(try Int.decode(bytes, oid: oid)) }
    guard oid == TypeID.numeric.oid else { throw .wrongType }
    let digitCount = Int(try bytes.bigEndian(0, Int16.self))
    let weight = Int(try bytes.bigEndian(2, Int16.self))
    let sign = try bytes.bigEndian(4, UInt16.self)
    let isNegative = sign == 0x4000
    guard isNegative || sign == 0 else { throw .outOfRange }
    var value: Int128 = 0
    for place in 0...Swift.max(weight, digitCount - 1, 0) {
      let digit = place < digitCount ? try bytes.bigEndian(8 + 2 * place, Int16.self) : 0
      guard (0..<10_000).contains(digit) else { throw .outOfRange }
      guard place <= weight else {
        // Behind the decimal point: a whole number has nothing there.
        guard digit == 0 else { throw .outOfRange }
        continue
      }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10_000)
      let (sum, carry) = shifted.subtractingReportingOverflow(Int128(digit))
      // Counted downwards, because the most negative number has no positive twin.
      guard !overflow, !carry else { throw .outOfRange }
      value = sum
    }
    guard isNegative || value != .min else { throw .outOfRange }
    return isNegative ? value : -value
  }
}

extension Array: ColumnDecodable where Element: ColumnDecodable {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, oid: UInt32
  ) throws(CellError) -> [Element] {
    guard TypeID.isArray(oid) else { throw .wrongType }
    let dimensions = try bytes.bigEndian(0, Int32.self)
    let elementType = try bytes.bigEndian(8, UInt32.self)
    if dimensions == 0 { return [] }
    guard dimensions == 1 else { throw .wrongType }
    let count = Int(try bytes.bigEndian(12, Int32.self))
    guard count >= 0, count <= bytes.count / 4 else { throw .outOfRange }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    var position = 20
    for _ in 0..<count {
      let length = Int(try bytes.bigEndian(position, Int32.self))
      position += 4
      if length == -1 {
        guard let null = Element.null else { throw .unexpectedNull }
        elements.append(null)
        continue
      }
      guard length >= 0, position + length <= bytes.count else { throw .outOfRange }
      let element = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
      elements.append(try Element.decode(element, oid: elementType))
      position += length
    }
    return elements
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, _ type: Integer.Type
  ) throws(CellError) -> Integer {
    guard offset >= 0, offset + MemoryLayout<Integer>.size <= count else { throw .outOfRange }
    return Integer(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }
}
