package import IPAddresses

/// The request line and header fields of one request, checked and copied once.
///
/// Everything lies in one buffer: the target as sent, the fields one after another (name in lower
/// case), then what was derived. Reading a field scans the buffer and allocates nothing.
package final class RequestHead: Sendable {
  package let method: HTTPMethod
  /// Whether HTTP/1.1; the only other version let in is HTTP/1.0.
  package let isHTTP11: Bool
  /// Who opened the connection: the proxy, when there is one in front.
  package let peer: IPAddress
  /// Who may speak for others by `X-Forwarded-…`; empty when `peer` is none of them.
  package let trustedProxies: [AddressBlock]
  /// Nil without a body; unknown, and not 0, for a chunked one.
  package let declaredBodyBytes: Int?
  package let hasBody: Bool

  let storage: [UInt8]
  let target: Range<Int>
  let fields: Range<Int>
  /// Percent-decoded; checked to be UTF-8 without NUL, dot segments or encoded slashes.
  let decodedPath: Range<Int>
  /// As sent, without the question mark. Empty without one.
  let rawQuery: Range<Int>
  /// In lower case, with its port, as told by a trusted proxy or the client.
  let authority: Range<Int>
  let identifier: Range<Int>

  init(_ parts: consuming RequestHeadBuilder.Parts) {
    method = parts.method
    isHTTP11 = parts.isHTTP11
    peer = parts.peer
    trustedProxies = parts.trustedProxies
    declaredBodyBytes = parts.declaredBodyBytes
    hasBody = parts.hasBody
    storage = parts.storage
    target = parts.target
    fields = parts.fields
    decodedPath = parts.decodedPath
    rawQuery = parts.rawQuery
    authority = parts.authority
    identifier = parts.identifier
  }

  /// The value of the first field of that name.
  /// - Parameter name: In lower case.
  func field(_ name: StaticString) -> Range<Int>? {
    storage.withUnsafeBufferPointer {
      PackedFields.find(
        UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), in: $0, fields)
    }
  }

  /// Every value of that name, in the order sent.
  func allFields(_ name: StaticString) -> [Range<Int>] {
    var found: [Range<Int>] = []
    storage.withUnsafeBufferPointer { bytes in
      var rest = fields
      let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
      while let next = PackedFields.find(name, in: bytes, rest) {
        found.append(next)
        rest = next.upperBound..<fields.upperBound
      }
    }
    return found
  }

  var peerIsTrusted: Bool { !trustedProxies.isEmpty }

  func text(_ range: Range<Int>) -> String { String(decoding: storage[range], as: UTF8.self) }
}

/// Fields in a byte buffer: length of the name (1 byte), length of the value (2, big-endian),
/// name, value.
enum PackedFields {
  static let headerSize = 3

  static func append(
    name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]
  ) {
    bytes.append(UInt8(truncatingIfNeeded: name.count))
    bytes.append(UInt8(truncatingIfNeeded: value.count >> 8))
    bytes.append(UInt8(truncatingIfNeeded: value.count))
    for byte in name { bytes.append(byte.lowercased) }
    bytes.append(contentsOf: value)
  }

  /// - Returns: Where the value lies of the first field of that name in `range`.
  static func find(
    _ name: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> Range<Int>? {
    var at = range.lowerBound
    while at < range.upperBound {
      let nameCount = Int(bytes[at])
      let valueCount = Int(bytes[at + 1]) << 8 | Int(bytes[at + 2])
      let nameStart = at + headerSize
      let valueStart = nameStart + nameCount
      if nameCount == name.count,
        bytes[nameStart..<valueStart].elementsEqual(name)
      {
        return valueStart..<valueStart + valueCount
      }
      at = valueStart + valueCount
    }
    return nil
  }
}
