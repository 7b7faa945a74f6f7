import IPAddresses

#if canImport(Glibc)
  import Glibc
#endif

/// Takes a request's head apart as the transport reads it, and refuses what could be understood
/// in two ways: a proxy in front and we must never disagree about where a request ends.
struct RequestHeadBuilder {
  struct Parts {
    var method: HTTPMethod
    var isHTTP11: Bool
    var peer: IPAddress
    var trustedProxies: [AddressBlock]
    var declaredBodyBytes: Int?
    var hasBody: Bool
    var storage: [UInt8]
    var target: Range<Int>
    var fields: Range<Int>
    var decodedPath: Range<Int>
    var rawQuery: Range<Int>
    var authority: Range<Int>
    var identifier: Range<Int>
  }

  private var storage: [UInt8]
  private let target: Range<Int>
  private var refusal: HTTPError?
  private var host: Range<Int>?
  private var forwardedHost: Range<Int>?
  private var contentLength: Int?
  private var isChunked = false
  private var requestID: Range<Int>?

  /// - Parameter capacity: About how many bytes the fields take.
  init(target bytes: [UInt8], capacity: Int) {
    storage = []
    storage.reserveCapacity(bytes.count + capacity)
    storage.append(contentsOf: bytes)
    target = 0..<bytes.count
  }

  /// - Parameter name: As sent.
  mutating func add(name: UnsafeBufferPointer<UInt8>, value sent: UnsafeBufferPointer<UInt8>) {
    guard refusal == nil else { return }
    guard name.count <= 255, sent.count <= 65_535 else { return refuse(.headerFieldsTooLarge) }
    guard !name.isEmpty, name.allSatisfy(\.isToken) else { return refuse(.malformedHeader) }
    let value = UnsafeBufferPointer(rebasing: sent.trimmed)
    guard value.allSatisfy({ !$0.isControl || $0 == ASCII.tab }) else {
      return refuse(.malformedHeader)
    }
    PackedFields.append(name: name, value: value, to: &storage)
    note(name, storage.count - value.count..<storage.count)
  }

  /// What decides where the request goes and where it ends.
  private mutating func note(_ name: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) {
    switch name.count {
    case 4 where name.equalsIgnoringCase("host"):
      guard host == nil else { return refuse(.malformedHeader) }
      host = value
    case 6 where name.equalsIgnoringCase("expect"):
      guard storage[value].equalsIgnoringCase("100-continue") else {
        return refuse(.expectationFailed)
      }
    case 12 where name.equalsIgnoringCase("x-request-id"):
      if isSaneRequestID(storage[value]) { requestID = value }
    case 14 where name.equalsIgnoringCase("content-length"):
      guard contentLength == nil, let count = decimal(storage[value]) else {
        return refuse(.malformedHeader)
      }
      contentLength = count
    case 16 where name.equalsIgnoringCase("x-forwarded-host"):
      forwardedHost = value
    case 17 where name.equalsIgnoringCase("transfer-encoding"):
      guard !isChunked, storage[value].equalsIgnoringCase("chunked") else {
        return refuse(.malformedHeader)
      }
      isChunked = true
    default: break
    }
  }

  private mutating func refuse(_ error: HTTPError) { refusal = refusal ?? error }

  /// - Parameters:
  ///   - method: As on the request line.
  ///   - trustedProxies: Empty when `peer` is none of them.
  /// - Throws: The first reason not to take the request, which its connection does not survive.
  consuming func finish(
    method name: UnsafeBufferPointer<UInt8>, isHTTP11: Bool, peer: IPAddress,
    trustedProxies: [AddressBlock]
  ) throws(HTTPError) -> RequestHead {
    if let refusal { throw refusal }
    let fields = target.upperBound..<storage.count
    guard !isChunked || (contentLength == nil && isHTTP11) else { throw .malformedHeader }
    guard host != nil || !isHTTP11 else { throw .missingHost }
    guard let method = HTTPMethod(name: name) else { throw .unknownMethod }
    let location = try RequestTarget.parse(storage[target], method: method)
    if let given = location.authority, let host {
      guard storage[given].equalsIgnoringCase(storage[host]) else { throw .malformedHeader }
    }
    let authority = try lowercasedAuthority(peerIsTrusted: !trustedProxies.isEmpty)
    let decodedPath = try decode(location.path)
    try checkQuery(location.query)
    let identifier = requestID ?? appendRequestID()
    return RequestHead(
      Parts(
        method: method, isHTTP11: isHTTP11, peer: peer, trustedProxies: trustedProxies,
        declaredBodyBytes: isChunked ? nil : contentLength,
        hasBody: isChunked || (contentLength ?? 0) > 0, storage: storage, target: target,
        fields: fields, decodedPath: decodedPath, rawQuery: location.query, authority: authority,
        identifier: identifier))
  }

  private mutating func lowercasedAuthority(peerIsTrusted: Bool) throws(HTTPError) -> Range<Int> {
    let told = peerIsTrusted ? forwardedHost : nil
    guard let range = told ?? host else { return 0..<0 }
    for index in range { storage[index] = storage[index].lowercased }
    guard Authority.isSane(storage[range]) else { throw .malformedHeader }
    return range
  }

  /// Nothing is copied for a path that is spelled plainly, as nearly all are.
  private mutating func decode(_ path: Range<Int>) throws(HTTPError) -> Range<Int> {
    guard storage[path].contains(where: { $0 == ASCII.percent || $0 >= 0x80 }) else {
      try RequestTarget.checkSegments(storage[path])
      return path
    }
    let decoded = try RequestTarget.decodePath(storage[path])
    storage.append(contentsOf: decoded)
    return storage.count - decoded.count..<storage.count
  }

  private func checkQuery(_ query: Range<Int>) throws(HTTPError) {
    guard storage[query].contains(where: { $0 == ASCII.percent || $0 >= 0x80 }) else { return }
    guard (try? PercentDecoding.text(storage[query])) != nil else { throw .malformedTarget }
  }

  private mutating func appendRequestID() -> Range<Int> {
    let start = storage.count
    RequestID.append(to: &storage)
    return start..<storage.count
  }

  private func isSaneRequestID(_ value: ArraySlice<UInt8>) -> Bool {
    (1...64).contains(value.count)
      && value.allSatisfy {
        $0.isDigit || $0.isLetter || $0 == ASCII.dot || $0 == ASCII.hyphen
          || $0 == UInt8(ascii: "_")
      }
  }
}

/// Digits alone, nothing that `Int` would also let pass such as a sign.
/// - Returns: Nil also beyond `Int.max`.
func decimal(_ bytes: some Collection<UInt8>) -> Int? {
  guard !bytes.isEmpty else { return nil }
  var value = 0
  for byte in bytes {
    guard byte.isDigit else { return nil }
    let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
    let (sum, overflowsToo) = shifted.addingReportingOverflow(Int(byte &- 0x30))
    guard !overflows, !overflowsToo else { return nil }
    value = sum
  }
  return value
}

extension Collection<UInt8> {
  func equalsIgnoringCase(_ other: some Collection<UInt8>) -> Bool {
    lazy.map(\.lowercased).elementsEqual(other.lazy.map(\.lowercased))
  }
}
