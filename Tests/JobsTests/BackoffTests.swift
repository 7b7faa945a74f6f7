import TestSupport
import Testing

@testable import Jobs

@Suite struct `The pause before another attempt` {
  @Test func `doubles up to an hour, and is half chance`() {
    #expect(Backoff.delay(afterAttempt: 1, random: 0) == .seconds(1))
    #expect(Backoff.delay(afterAttempt: 3, random: 0) == .seconds(4))
    #expect(Backoff.delay(afterAttempt: 12, random: 0) == .seconds(1_800))
    #expect(Backoff.delay(afterAttempt: 100, random: .max) <= .seconds(3_600))
  }

  @Test(arguments: UInt64(1)...50)
  func `lies between half and all of its length`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let attempt = Int.random(in: 1...20, using: &random)
    let whole = Duration.seconds(min(3_600, 1 << min(attempt, 12)))
    let delay = Backoff.delay(afterAttempt: attempt, random: random.next())
    #expect(delay >= whole / 2 && delay <= whole, "seed \(seed)")
  }
}
