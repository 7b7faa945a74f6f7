/// Which statements one connection has prepared, and under which names.
struct PreparedStatements {
  struct Key: Hashable {
    let role: String
    let text: String
  }
  private struct Entry {
    let name: String
    var lastUse: Int
  }

  static let limit = 512
  private var entries: [Key: Entry] = [:]
  /// Counts uses; names come from it too, so that none is given twice.
  private var uses = 0

  mutating func name(of key: Key) -> String? {
    guard let index = entries.index(forKey: key) else { return nil }
    uses += 1
    entries.values[index].lastUse = uses
    return entries.values[index].name
  }

  mutating func add(_ key: Key) -> String {
    uses += 1
    let name = "s\(uses)"
    entries[key] = Entry(name: name, lastUse: uses)
    return name
  }

  mutating func remove(_ key: Key) { entries[key] = nil }

  /// - Returns: The name of the statement that was forgotten because the table is full.
  mutating func makeRoom() -> String? {
    guard entries.count >= Self.limit,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    else { return nil }
    entries[oldest.key] = nil
    return oldest.value.name
  }
}
