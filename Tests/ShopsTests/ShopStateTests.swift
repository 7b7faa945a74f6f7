import TestSupport
import Testing

@testable import Shops

@Suite struct `The state of a shop` {
  typealias Pair = (state: ShopState, event: ShopState.Event)

  /// Every pair that moves a shop, and where to.
  private static let steps: [(Pair, ShopState)] = [
    ((.pending, .open), .active), ((.pending, .close), .closed),
    ((.pending, .terminate), .terminated),
    ((.active, .suspend), .suspended), ((.active, .close), .closed),
    ((.active, .terminate), .terminated),
    ((.suspended, .restore), .active), ((.suspended, .close), .closed),
    ((.suspended, .terminate), .terminated),
    ((.closed, .reopen), .active), ((.closed, .terminate), .terminated),
  ]
  /// Every pair that finds the shop as it is wanted.
  private static let repeats: [Pair] = [
    (.active, .open), (.active, .restore), (.active, .reopen), (.suspended, .suspend),
    (.closed, .close), (.terminated, .terminate),
  ]

  @Test(arguments: ShopState.allCases, ShopState.Event.allCases)
  func `is moved, left or kept from moving by each event`(
    before: ShopState, event: ShopState.Event
  ) {
    let moved = Self.steps.first { $0.0.state == before && $0.0.event == event }?.1
    let isRepeat = Self.repeats.contains { $0.state == before && $0.event == event }
    var state = before
    do {
      let action = try state.receive(event)
      #expect(action == (moved == nil ? .nothing : .record))
      #expect(state == moved ?? before)
      #expect(moved != nil || isRepeat)
    } catch {
      #expect(moved == nil && !isRepeat)
      #expect(error == ShopState.IllegalStep(state: before))
      #expect(state == before)
    }
    #expect(before.admits(event) == (moved != nil))
  }

  @Test func `is never left again once the shop is terminated`() {
    for event in ShopState.Event.allCases { #expect(!ShopState.terminated.admits(event)) }
  }

  @Test(arguments: UInt64(1)...50)
  func `is suspended only until the platform or the end, whatever the owner does`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var state = ShopState.suspended
    for _ in 1...20 {
      let event = [ShopState.Event.open, .close].randomElement(using: &random)!
      _ = try? state.receive(event)
      #expect(state != .active, "seed \(seed)")
    }
  }
}
