package import FoundationEssentials
package import Processes

/// Where time and chance come from, so that tests and the simulation decide both.
package struct Context: Sendable {
  package let now: @Sendable () -> Date
  package let random: @Sendable () -> UInt64
  package let faults: FaultPoints

  package init(
    now: @escaping @Sendable () -> Date, random: @escaping @Sendable () -> UInt64,
    faults: FaultPoints = .none
  ) {
    self.now = now
    self.random = random
    self.faults = faults
  }

  package static let system = Context.system(clock: nil)

  /// - Parameter clock: Nil for the machine's own.
  package static func system(clock: MovableClock?, faults: FaultPoints = .none) -> Context {
    Context(
      now: { clock?.now() ?? Date() }, random: { UInt64.random(in: 0 ... .max) }, faults: faults)
  }

  /// A UUID of version 7: milliseconds since 1970, then 74 random bits. Rows made one after another
  /// lie together in their index. Source: RFC 9562, section 5.7.
  package func newID<Entity>(_ entity: Entity.Type = Entity.self) -> ID<Entity> {
    let milliseconds = UInt64(max(0, (now().timeIntervalSince1970 * 1_000).rounded()))
    let high = milliseconds << 16 | 0x7000 | random() >> 52
    let low = random() >> 2 | 1 << 63
    return ID(
      withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) {
        UUID(uuid: $0.loadUnaligned(as: uuid_t.self))
      })
  }
}
