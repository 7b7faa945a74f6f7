import Compression
import Synchronization

/// The bytes of an answer, at an address that does not move, so that they are sent from where they
/// lie. What is kept to be sent again (a rendered page, a style sheet) keeps its tag and its
/// compressed copy too.
package final class ResponseBytes: Sendable {
  /// Written before `init` returns and never after.
  private nonisolated(unsafe) let start: UnsafeMutableRawPointer
  package let count: Int
  private let derived = Mutex(Derived())

  private struct Derived {
    var entityTag: String?
    var gzipped: ResponseBytes?
    var isIncompressible = false
  }

  package init(_ bytes: some Collection<UInt8>) {
    count = bytes.count
    start = .allocate(byteCount: max(count, 1), alignment: 8)
    UnsafeMutableRawBufferPointer(start: start, count: count).copyBytes(from: bytes)
  }

  package convenience init(_ text: String) { self.init(text.utf8) }

  deinit { start.deallocate() }

  /// Valid as long as the object.
  var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  package var bytes: [UInt8] { Array(buffer) }

  /// A strong validator, quoted: equal bytes have equal tags in every process.
  package var entityTag: String {
    derived.withLock {
      if let known = $0.entityTag { return known }
      let tag = EntityTag.strong(of: buffer)
      $0.entityTag = tag
      return tag
    }
  }

  /// The same content in gzip, made once; nil when that would not be smaller.
  package var gzipped: ResponseBytes? {
    derived.withLock {
      if let known = $0.gzipped { return known }
      guard !$0.isIncompressible else { return nil }
      guard let packed = Deflate.compress(buffer, in: .gzip), packed.count < count else {
        $0.isIncompressible = true
        return nil
      }
      let copy = ResponseBytes(packed)
      $0.gzipped = copy
      return copy
    }
  }
}
