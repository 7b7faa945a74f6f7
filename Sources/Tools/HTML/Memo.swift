internal import Synchronization

/// Remembers what takes long to make and is asked for again. When it is full it forgets everything:
/// what is asked for often is soon back.
final class Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let known = Mutex<[Key: Value]>([:])
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func value(for key: Key, make: () -> Value) -> Value {
    if let value = known.withLock({ $0[key] }) { return value }
    // Made outside the lock: two may make the same, and neither holds up the others.
    let value = make()
    known.withLock {
      if $0.count >= limit { $0.removeAll(keepingCapacity: true) }
      $0[key] = value
    }
    return value
  }
}
