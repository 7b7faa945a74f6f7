/// Which statements one connection has prepared, and under which names.
///
/// Statements travel in sets. An error skips the rest of its own set only, so what one set prepares
/// or forgets is certain for the others only once its answer is there.
struct PreparedStatements {
  struct Key: Hashable {
    let role: String
    let text: String
    /// The same text may be sent with values of other types.
    let types: [UInt32]
  }

  enum Plan: Equatable {
    /// The server knows it, or will when it gets there.
    case run(name: String)
    case prepareAndRun(name: String)
    /// As above, after room was made: `forgotten` is to be deallocated first.
    case forgetPrepareAndRun(forgotten: String, name: String)
    /// Without preparing: another set is about to prepare or forget it, and may fail before that.
    case runUnprepared
  }

  private struct Entry {
    enum State {
      case known
      case arriving(set: Int)
      case leaving
    }
    let name: String
    var state: State
    var lastUse: Int
  }

  static let limit = 512
  private var entries: [Key: Entry] = [:]
  private var keys: [String: Key] = [:]
  /// Counts uses; names come from it too, so that none is given twice.
  private var uses = 0

  /// Met once, and perhaps never again.
  private var strangers: Set<Key> = []

  var count: Int { entries.count }

  /// Whether the statement was met before; remembers that it was met now.
  mutating func isRepeated(_ key: Key) -> Bool {
    if entries[key] != nil || strangers.remove(key) != nil { return true }
    if strangers.count >= Self.limit { strangers.removeAll(keepingCapacity: true) }
    strangers.insert(key)
    return false
  }

  mutating func plan(_ key: Key, set: Int) -> Plan {
    uses += 1
    if let index = entries.index(forKey: key) {
      entries.values[index].lastUse = uses
      switch entries.values[index].state {
      case .known: return .run(name: entries.values[index].name)
      case .arriving(let other) where other == set: return .run(name: entries.values[index].name)
      case .arriving, .leaving: return .runUnprepared
      }
    }
    let name = "s\(uses)"
    let forgotten = entries.count >= Self.limit ? startForgettingOldest() : nil
    entries[key] = Entry(name: name, state: .arriving(set: set), lastUse: uses)
    keys[name] = key
    if let forgotten { return .forgetPrepareAndRun(forgotten: forgotten, name: name) }
    return .prepareAndRun(name: name)
  }

  mutating func prepared(_ name: String, successfully: Bool) {
    if successfully { setState(.known, of: name) } else { remove(name) }
  }

  mutating func forgot(_ name: String, successfully: Bool) {
    if successfully { remove(name) } else { setState(.known, of: name) }
  }

  private mutating func startForgettingOldest() -> String? {
    let known = entries.lazy.filter { if case .known = $0.value.state { true } else { false } }
    guard let oldest = known.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return nil }
    entries[oldest.key]?.state = .leaving
    return oldest.value.name
  }

  private mutating func setState(_ state: Entry.State, of name: String) {
    if let key = keys[name] { entries[key]?.state = state }
  }

  private mutating func remove(_ name: String) {
    if let key = keys.removeValue(forKey: name) { entries[key] = nil }
  }
}
