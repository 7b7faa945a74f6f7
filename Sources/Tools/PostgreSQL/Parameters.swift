/// The values of one statement, checked before, in the shape that libpq takes them.
struct Parameters {
  private(set) var types: [UInt32] = []
  private var bytes: [UInt8] = []
  /// Where each value starts in `bytes`; nil for NULL.
  private var starts: [Int?] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  var count: Int32 { Int32(types.count) }

  init(_ binds: [Bind]) {
    guard !binds.isEmpty else { return }
    types.reserveCapacity(binds.count)
    for bind in binds {
      types.append(bind.type.oid)
      let before = bytes.count
      switch bind.content {
      case .null, .unsendable: starts.append(nil)
      case .text(let text):
        starts.append(before)
        bytes.append(contentsOf: text.utf8)
      case .binary(let binary):
        starts.append(before)
        bytes.append(contentsOf: binary)
      }
      lengths.append(Int32(bytes.count - before))
      // libpq reads text values to their NUL.
      bytes.append(0)
      if case .binary = bind.content { formats.append(1) } else { formats.append(0) }
    }
  }

  func withPointers<Result>(
    _ body: (
      UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
    ) -> Result
  ) -> Result {
    guard !types.isEmpty else { return body(nil, nil, nil) }
    return bytes.withUnsafeBytes { bytes in
      let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      let values = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
      return body(values, lengths, formats)
    }
  }
}
