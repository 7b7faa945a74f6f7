import Foundation
import Money
import Testing

@testable import HTML

@Suite struct `Saying a text` {
  private let languages = TestLanguages.make(
    persian: """
      "Only {1} is left": "فقط {1} مانده",
      "{1} owes {2}": "{2} از {1} طلب داریم",
      "{1} shops": {"one": "یک فروشگاه", "other": "{1} فروشگاه"},
      "since {1}": "از {1}",
      "now": "اکنون", "We are open {1}": "{1} باز هستیم"
      """)
  private var english: Language { languages.english }
  private var persian: Language { languages.named("fa")! }

  @Test func `uses the English of the source where there is no translation`() {
    let text: Text = "Nobody translated \(7) of these"
    #expect(text.resolved(in: persian) == "Nobody translated ۷ of these")
  }

  @Test func `puts values where the language wants them`() {
    let text: Text = "\("رضا") owes \(1_234_567)"
    #expect(text.resolved(in: english) == "\u{2068}رضا\u{2069} owes 1,234,567")
    #expect(text.resolved(in: persian) == "۱٬۲۳۴٬۵۶۷ از \u{2068}رضا\u{2069} طلب داریم")
  }

  @Test func `isolates a value that could turn the words around it`() {
    let text: Text = "Only \("Nike 42") is left"
    #expect(text.resolved(in: english) == "Only Nike 42 is left")
    #expect(text.resolved(in: persian) == "فقط \u{2068}Nike 42\u{2069} مانده")
  }

  @Test(arguments: [(0, "0 shops"), (1, "one shop"), (2, "2 shops"), (1_000, "1,000 shops")])
  func `chooses the form by the count`(count: Int, words: String) {
    let text: Text = "\(count: count) shops"
    #expect(text.resolved(in: english) == words)
  }

  @Test func `counts by the rules of the language: Persian says one for zero too`() {
    let text = { (count: Int) -> Text in "\(count: count) shops" }
    #expect(text(0).resolved(in: persian) == "یک فروشگاه")
    #expect(text(2).resolved(in: persian) == "۲ فروشگاه")
  }

  private func money(_ amount: String, _ currency: String) throws -> Money {
    try Money(decimalText: amount, currency: #require(Currency(code: currency)))
  }

  @Test(arguments: [
    ("9", "USD", "$9.00"), ("9.5", "USD", "$9.50"), ("-0.05", "USD", "-$0.05"),
    ("1234.50", "KES", "KES\u{A0}1,234.50"), ("700", "JPY", "¥700"),
    ("1", "CLF", "CLF\u{A0}1.0000"),
    ("0.000000000001", "XMR", "XMR\u{A0}0.000000000001"), ("0.15", "XMR", "XMR\u{A0}0.1500"),
    (
      "999999999999999999999999999999999999.99", "USD",
      "$999,999,999,999,999,999,999,999,999,999,999,999.99"
    ),
  ])
  func `writes money with its currency's decimals`(
    amount: String, currency: String, words: String
  ) throws {
    let text: Text = "Only \(try money(amount, currency)) is left"
    #expect(text.resolved(in: english) == "Only \(words) is left")
  }

  @Test func `writes a whole amount shortly where that is wanted`() throws {
    let price = { (money: Money) -> Text in "Only \(short: money) is left" }
    #expect(price(try money("9.00", "USD")).resolved(in: english) == "Only $9 is left")
    #expect(price(try money("9.50", "USD")).resolved(in: english) == "Only $9.50 is left")
    #expect(price(try money("9.00", "USD")).resolved(in: persian) == "فقط ۹ دلار مانده")
    #expect(price(try money("9.50", "EUR")).resolved(in: persian).contains("۹٫۵۰"))
    #expect(price(try money("2.000000000000", "XMR")).resolved(in: english).contains("XMR\u{A0}2 "))
  }

  @Test func `knows the marks that its readers put into numbers`() {
    #expect(english.numberMarks == NumberMarks(decimal: ".", grouping: ","))
    #expect(persian.numberMarks == NumberMarks(decimal: "٫", grouping: "٬"))
  }

  @Test func `writes shares of a hundred`() {
    let text: Text = "Only \(basisPoints: 350) is left"
    #expect(text.resolved(in: english) == "Only 3.5% is left")
    #expect(text.resolved(in: persian) == "فقط ۳٫۵٪ مانده")
    let whole: Text = "Only \(basisPoints: 100) is left"
    #expect(whole.resolved(in: english) == "Only 1% is left")
    let less: Text = "Only \(basisPoints: -5) is left"
    #expect(less.resolved(in: english) == "Only -0.05% is left")
  }

  @Test func `writes a day in the calendar of the language and the zone of the reader`() {
    // 2026-03-20 22:00 UTC is already the first day of spring in Tehran.
    let moment = Date(timeIntervalSince1970: 1_774_044_000)
    let text: Text = "since \(day: moment, in: .gmt)"
    #expect(text.resolved(in: english) == "since March 20, 2026")
    let tehran: Text = "since \(day: moment, in: TimeZone(identifier: "Asia/Tehran")!)"
    #expect(tehran.resolved(in: persian) == "از ۱ فروردین ۱۴۰۵")
  }

  @Test func `writes a moment to the minute, with the zone that it is told in`() {
    let moment = Date(timeIntervalSince1970: 1_774_044_000)
    let text: Text = "since \(minute: moment, in: .gmt)"
    #expect(text.resolved(in: english) == "since March 20, 2026 at 10:00\u{202F}PM GMT")
    let tehran: Text = "since \(minute: moment, in: TimeZone(identifier: "Asia/Tehran")!)"
    #expect(tehran.resolved(in: persian).hasPrefix("از ۱ فروردین ۱۴۰۵ ساعت ۱:۳۰"))
  }

  @Test func `translates a text within a text`() {
    let text: Text = "We are open \("now" as Text)"
    #expect(text.resolved(in: persian) == "اکنون باز هستیم")
  }

  @Test func `stands in a page in the reader's language, escaped`() {
    let page = { () -> HTML in "<p>\(text: "Only \("<3 & 4>") is left")</p>" }
    #expect(page().text == "<p>Only &lt;3 &amp; 4&gt; is left</p>")
    let translated = Language.$current.withValue(persian, operation: page)
    #expect(translated.text == "<p>فقط \u{2068}&lt;3 &amp; 4&gt;\u{2069} مانده</p>")
  }

  @Test func `takes no value for a place of another`() {
    let text: Text = "Only \("{2} {1}") is left"
    #expect(text.resolved(in: english) == "Only {2} {1} is left")
  }
}
