import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Until when the client of each connection must have done its part, by socket descriptor.
///
/// A connection's thread stores a new deadline with one atomic write; the sweep looks at all of
/// them a few times a second and shuts down the sockets that are overdue.
final class DeadlineTable: Sendable {
  enum Kind: Int64 {
    /// The client sends a head or a body.
    case receiving = 1
    /// Between requests.
    case idle = 2
    /// The client reads an answer.
    case sending = 3
  }

  private struct Slot: ~Copyable {
    /// Nanoseconds on the monotonic clock, shifted left by two, and the kind. 0 for none.
    let deadline = Atomic<Int64>(0)
    /// What the last look found, for the next to compare: the bytes that the client had
    /// acknowledged, or the deadline at which it was seen to have left. The sweep's own.
    let found = Atomic<UInt64>(0)
  }

  private nonisolated(unsafe) let slots: UnsafeMutablePointer<Slot>
  private let capacity: Int
  /// One more than the highest descriptor ever seen.
  private let highest = Atomic<Int>(0)
  /// Held while a socket is shut down, and while one is given up: between the two a descriptor
  /// could come to belong to another client.
  private let closing = Mutex(())
  private let settings: TransportSettings

  init(capacity: Int, settings: TransportSettings) {
    self.capacity = capacity
    self.settings = settings
    slots = .allocate(capacity: capacity)
    for index in 0..<capacity { (slots + index).initialize(to: Slot()) }
  }

  deinit {
    slots.deinitialize(count: capacity)
    slots.deallocate()
  }

  func canHold(_ descriptor: Int32) -> Bool { Int(descriptor) < capacity }

  func set(_ kind: Kind, _ descriptor: Int32, at time: Int64) {
    slots[Int(descriptor)].deadline.store(time << 2 | kind.rawValue, ordering: .relaxed)
  }

  func clear(_ descriptor: Int32) {
    slots[Int(descriptor)].deadline.store(0, ordering: .relaxed)
  }

  func opened(_ descriptor: Int32, at now: Int64) {
    slots[Int(descriptor)].found.store(0, ordering: .relaxed)
    set(.receiving, descriptor, at: now + settings.headerDeadline.nanoseconds)
    highest.max(Int(descriptor) + 1, ordering: .relaxed)
  }

  /// Called while the descriptor still belongs to the connection.
  func closed(_ descriptor: Int32) { closing.withLock { _ in clear(descriptor) } }

  /// - Parameter looksAtIdle: Whether to look at connections between requests, too.
  func sweep(at now: Int64, looksAtIdle: Bool) {
    // No `for`: over a range of Int32 an unoptimised build takes a lock of the runtime with every step.
    let end = Int32(highest.load(ordering: .relaxed))
    var next: Int32 = 0
    while next < end {
      let descriptor = next
      next += 1
      let entry = slots[Int(descriptor)].deadline.load(ordering: .relaxed)
      guard let kind = Kind(rawValue: entry & 3) else { continue }
      let deadline = entry >> 2
      if now >= deadline {
        if kind == .sending, keepsUp(descriptor) {
          replace(entry, kind, descriptor, at: now + settings.writeWindow.nanoseconds)
        } else {
          shut(descriptor, if: entry)
        }
      } else if kind == .receiving || (looksAtIdle && kind == .idle) {
        look(descriptor, kind, entry, at: now)
      }
    }
  }

  /// What the library does not notice: that a client ended its side in the same packet that
  /// brought its last bytes, and that the first line of a request comes in by drips.
  private func look(_ descriptor: Int32, _ kind: Kind, _ entry: Int64, at now: Int64) {
    guard let facts = SocketFacts(descriptor) else { return }
    if facts.clientHasEnded {
      // At the second look what came with the end has been read, and was no whole request.
      let mark = UInt64(bitPattern: entry)
      if slots[Int(descriptor)].found.exchange(mark, ordering: .relaxed) == mark {
        shut(descriptor, if: entry)
      }
    } else if kind == .idle, hasBegunRequest(facts, deadline: entry >> 2, now) {
      replace(entry, .receiving, descriptor, at: now + settings.headerDeadline.nanoseconds / 2)
    }
  }

  /// Ends every connection that waits for its next request.
  func shutIdle() {
    for descriptor in 0..<Int32(highest.load(ordering: .relaxed)) {
      let entry = slots[Int(descriptor)].deadline.load(ordering: .relaxed)
      if entry & 3 == Kind.idle.rawValue { shut(descriptor, if: entry) }
    }
  }

  private func replace(_ entry: Int64, _ kind: Kind, _ descriptor: Int32, at time: Int64) {
    _ = slots[Int(descriptor)].deadline.compareExchange(
      expected: entry, desired: time << 2 | kind.rawValue, ordering: .relaxed)
  }

  private func shut(_ descriptor: Int32, if entry: Int64) {
    closing.withLock { _ in
      guard slots[Int(descriptor)].deadline.load(ordering: .relaxed) == entry else { return }
      clear(descriptor)
      shutdown(descriptor, Int32(SHUT_RDWR))
    }
  }

  private func keepsUp(_ descriptor: Int32) -> Bool {
    guard let facts = SocketFacts(descriptor) else { return false }
    let earlier = slots[Int(descriptor)].found.exchange(
      facts.bytesAcknowledged, ordering: .relaxed)
    let seconds = max(1, settings.writeWindow.components.seconds)
    let least = UInt64(settings.minimumBytesPerSecond) * UInt64(seconds)
    return facts.bytesAcknowledged &- earlier >= least
  }

  /// Whether bytes came since the last answer. The library reads them without telling anybody
  /// until the line is complete.
  private func hasBegunRequest(_ facts: SocketFacts, deadline: Int64, _ now: Int64) -> Bool {
    /// The kernel counts in ticks of up to ten milliseconds.
    let tick: Int64 = 20_000_000
    let idleSince = deadline - settings.idleTimeout.nanoseconds
    return now - facts.nanosecondsSinceReceived > idleSince + tick
  }
}

/// What the kernel tells of a TCP connection. Read by offset, since glibc's `struct tcp_info` ends
/// before the last two; Linux never moves a field. Source: linux/tcp.h.
private struct SocketFacts {
  /// Nothing more will come; whatever came before may still be unread.
  let clientHasEnded: Bool
  let nanosecondsSinceReceived: Int64
  let bytesAcknowledged: UInt64

  private static let size = 128
  private static let state = 0
  private static let closeWait: UInt8 = 8
  private static let lastDataReceived = 52
  private static let bytesAcked = 120

  init?(_ descriptor: Int32) {
    let facts = withUnsafeTemporaryAllocation(
      byteCount: SocketFacts.size, alignment: 8
    ) { buffer -> (Bool, Int64, UInt64)? in
      var size = socklen_t(SocketFacts.size)
      guard
        getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, buffer.baseAddress, &size)
          == 0, size == SocketFacts.size
      else { return nil }
      let milliseconds = buffer.load(fromByteOffset: SocketFacts.lastDataReceived, as: UInt32.self)
      return (
        buffer.load(fromByteOffset: SocketFacts.state, as: UInt8.self) == SocketFacts.closeWait,
        Int64(milliseconds) * 1_000_000,
        buffer.load(fromByteOffset: SocketFacts.bytesAcked, as: UInt64.self)
      )
    }
    guard let facts else { return nil }
    (clientHasEnded, nanosecondsSinceReceived, bytesAcknowledged) = facts
  }
}
