/// Named places at which a test may end the process or cut what it does. In the product nobody listens,
/// so that reaching one does nothing.
package struct FaultPoints: Sendable {
  private let reached: @Sendable (StaticString) -> Void

  package init(_ reached: @escaping @Sendable (StaticString) -> Void) { self.reached = reached }

  package static let none = FaultPoints { _ in }

  /// - Parameter name: Such as `transaction.committed`; it stays, since tests name it.
  package func reach(_ name: StaticString) { reached(name) }
}
