import Glibc
import Synchronization

/// The requests that each process is answering, in shared memory: when a process dies, the
/// supervisor reads what it had in flight. Beyond `entriesPerProcess` a request is not noted.
package final class InFlight: Sendable {
  package static let entriesPerProcess = 512
  static let entrySize = 192

  /// - Returns: The bytes of shared memory that `processes` processes need.
  package static func memorySize(processes: Int) -> Int {
    processes * entriesPerProcess * entrySize
  }

  private let memory: SharedMemory
  private let firstEntry: Int
  private let next = Atomic<Int>(0)

  /// - Parameter process: Which process's entries these are, from 0.
  package init(memory: SharedMemory, process: Int, processes: Int) {
    precondition(process < processes && memory.bytes.count >= Self.memorySize(processes: processes))
    self.memory = memory
    self.firstEntry = process * Self.entriesPerProcess
  }

  /// Notes a request. The path is cut where the entry ends.
  /// - Returns: What `end` needs, or nil when all entries are taken.
  package func begin(requestID: String, method: String, path: String) -> Int? {
    // A short look from a moving start: under load a free entry is nearly always the first.
    for _ in 0..<8 {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.entriesPerProcess - 1)
      let taken = state(index).pointee.compareExchange(
        expected: 0, desired: 1, ordering: .acquiringAndReleasing)
      if taken.exchanged {
        write([requestID, " ", method, " ", path], into: index)
        state(index).pointee.store(2, ordering: .releasing)
        return index
      }
    }
    return nil
  }

  package func end(_ entry: Int) { state(entry).pointee.store(0, ordering: .releasing) }

  /// Each as `id method path`. For the supervisor, after the process has ended.
  package func takeAll() -> [String] {
    (0..<Self.entriesPerProcess).compactMap { index in
      let noted = state(index).pointee.exchange(0, ordering: .acquiringAndReleasing) == 2
      return noted ? text(of: index) : nil
    }
  }

  private func address(_ index: Int) -> UnsafeMutableRawPointer {
    memory.bytes.baseAddress! + (firstEntry + index) * Self.entrySize
  }

  private func state(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    address(index).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  /// Bytes 4..<8 hold the length, the text follows.
  private func write(_ parts: [String], into index: Int) {
    let target = address(index)
    var length = 0
    let room = Self.entrySize - 8
    for part in parts {
      var part = part
      part.withUTF8 { bytes in
        let count = min(bytes.count, room - length)
        guard count > 0, let source = bytes.baseAddress else { return }
        memcpy(target + 8 + length, source, count)
        length += count
      }
    }
    target.storeBytes(of: UInt32(length), toByteOffset: 4, as: UInt32.self)
  }

  private func text(of index: Int) -> String {
    let source = address(index)
    let length = min(Int(source.load(fromByteOffset: 4, as: UInt32.self)), Self.entrySize - 8)
    let bytes = UnsafeRawBufferPointer(start: source + 8, count: length)
    return String(decoding: bytes, as: UTF8.self)
  }
}
