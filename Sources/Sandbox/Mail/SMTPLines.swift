/// Cuts what a client sends into lines, at CR LF and nowhere else.
struct SMTPLines {
  enum Found: Equatable {
    case line([UInt8])
    /// CR or LF alone.
    case bareLineEnd
  }

  private var line: [UInt8] = []
  private var sawReturn = false

  /// Of the line that has not ended.
  var length: Int { line.count }

  mutating func add(_ byte: UInt8) -> Found? {
    switch (byte, sawReturn) {
    case (10, true):
      sawReturn = false
      defer { line = [] }
      return .line(line)
    case (10, false), (_, true): return .bareLineEnd
    case (13, false):
      sawReturn = true
      return nil
    default:
      line.append(byte)
      return nil
    }
  }

  mutating func forget() { line = [] }
}
