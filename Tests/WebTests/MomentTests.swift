import FoundationEssentials
import HTML
import Testing

@testable import Web

@Suite struct `A time as people say it` {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  @Test(
    arguments: [
      (0, "just now"), (59, "just now"), (-5, "just now"), (120, "2 minutes ago"),
      (3_599, "59 minutes ago"), (7_200, "2 hours ago"), (86_399, "23 hours ago"),
      (2 * 86_400, "2 days ago"), (7 * 86_400 - 1, "6 days ago"), (7 * 86_400, "January 8, 2027"),
    ] as [(Int, String)])
  func `is as coarse as it is old`(secondsAgo: Int, words: String) {
    let text = Moment.words(Self.now - Double(secondsAgo), now: Self.now, in: .gmt)
    #expect(text.resolved(in: Language.current) == words)
  }

  @Test func `has the exact time for machines and whoever asks`() {
    #expect(
      Moment.html(Self.now, now: Self.now, in: .gmt).text
        == """
        <time datetime="2027-01-15T08:00:00Z" title="2027-01-15T08:00:00Z">just now</time>
        """)
  }
}
