import FoundationEssentials
import Money
import TestSupport
import Testing

@Suite struct `An amount as programs write it` {
  @Test(
    arguments: [
      ("12.50", "KES", 1_250), ("12.5", "KES", 1_250), ("12", "KES", 1_200), ("0", "KES", 0),
      ("-0.05", "KES", -5), ("-0", "KES", 0), ("700", "JPY", 700), ("0.000000000001", "XMR", 1),
      ("0.001", "TND", 1), ("999999999999999999999999999999999999.99", "KES", Money.largest),
      ("-999999999999999999999999999999999999.99", "KES", -Money.largest),
    ] as [(String, String, Int128)])
  func `is read to the minor unit`(text: String, code: String, minorUnits: Int128) throws {
    let currency = try #require(Currency(code: code))
    #expect(try Money(decimalText: text, currency: currency).minorUnits == minorUnits)
  }

  @Test(arguments: [
    "", "-", ".", "5.", ".5", "-.5", "+5", "--5", "05", "00", "-05", "1e3", "1,250", "1 250", " 5",
    "5 ", "0x10", "NaN", "inf", "۱۲", "5.5.5", "5.-5", "5.5-", "\u{0}5", "５",
    String(repeating: "0", count: 1_000_000),
  ])
  func `is refused in any other spelling`(text: String) {
    #expect(throws: AmountError.notAnAmount) { try Money(decimalText: text, currency: .kes) }
  }

  @Test func `has at most its currency's decimals and 38 digits`() throws {
    #expect(throws: AmountError.tooManyDecimals(most: 2)) {
      try Money(decimalText: "12.500", currency: .kes)
    }
    #expect(throws: AmountError.tooManyDecimals(most: 0)) {
      try Money(decimalText: "1.0", currency: #require(Currency(code: "JPY")))
    }
    for text in ["1000000000000000000000000000000000000", String(repeating: "9", count: 63)] {
      #expect(throws: AmountError.tooLarge) { try Money(decimalText: text, currency: .kes) }
      #expect(throws: AmountError.tooLarge) { try Money(decimalText: "-\(text)", currency: .kes) }
    }
  }

  @Test(arguments: UInt64(1)...500)
  func `is read as it was written`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let currency = try #require(Currency.all.randomElement(using: &random))
    let reach: Int128 = seed.isMultiple(of: 2) ? 2_000 : Money.largest
    let money = Money(minorUnits: .random(in: -reach...reach, using: &random), currency: currency)
    #expect(try Money(decimalText: money.decimalText, currency: currency) == money)
  }

  @Test func `is written into JSON with its currency`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(Money(minorUnits: 12_50, currency: .kes))
    #expect(String(decoding: json, as: UTF8.self) == #"{"amount":"12.50","currency":"KES"}"#)
  }

  @Test func `never stops the process, whatever the bytes`() {
    var random = SeededGenerator(seed: 4_217)
    let alphabet = Array("0123456789.,-+ '/٫٬۱۲٣\u{200F}\u{0301}x\u{0}")
    for _ in 0..<20_000 {
      let text = String(
        (0..<Int.random(in: 0...50, using: &random)).map { _ in
          alphabet.randomElement(using: &random)!
        })
      let read = try? Money(decimalText: text, currency: .xmr)
      let typed = try? Money(typed: text, currency: .xmr, marks: .english)
      // What the strict form takes, the lenient one takes alike, where the language writes so too.
      if let read { #expect(typed == read) }
    }
  }
}

@Suite struct `An amount as people type it` {
  private static let german = NumberMarks(decimal: ",", grouping: ".")
  private static let french = NumberMarks(decimal: ",", grouping: "\u{202F}")
  private static let swiss = NumberMarks(decimal: ".", grouping: "’")
  private static let persian = NumberMarks(decimal: "٫", grouping: "٬")

  @Test(
    arguments: [
      ("12.50", .english, 12_50), (" 1,250 ", .english, 1_250_00), ("1,250.5", .english, 1_250_50),
      ("12,34,567.89", .english, 1_234_567_89), ("12,5", .english, 12_50),
      ("1.250,50", .english, 1_250_50),
      (".5", .english, 50), ("5.", .english, 5_00), ("-5", .english, -5_00),
      ("\u{2212} 5", .english, -5_00),
      ("007", .english, 7_00), ("1.250.300", .english, 1_250_300_00),
      ("1.250", german, 1_250_00), ("12.50", german, 12_50), ("1.250,5", german, 1_250_50),
      ("12,50", german, 12_50), ("1,250.50", german, 1_250_50), ("1250,5", german, 1_250_50),
      ("1 250,50", french, 1_250_50), ("1\u{202F}250\u{202F}300", french, 1_250_300_00),
      ("1'250.50", swiss, 1_250_50), ("1’250", swiss, 1_250_00),
      ("۱۲٫۵۰", persian, 12_50), ("۱۲/۵۰", persian, 12_50), ("12.50", persian, 12_50),
      ("۱٬۲۵۰", persian, 1_250_00), ("۱,۲۵۰", persian, 1_250_00), ("۱،۲۵۰٫۵", persian, 1_250_50),
      ("١٢٫٥", persian, 12_50), ("\u{200F}۱۲۵\u{2069}", persian, 125_00), ("۱۲٫۵", .english, 12_50),
    ] as [(String, NumberMarks, Int128)])
  func `is understood`(text: String, marks: NumberMarks, cents: Int128) throws {
    #expect(try Money(typed: text, currency: .usd, marks: marks).minorUnits == cents)
  }

  @Test(
    arguments: [
      ("", .english), (".", .english), (",", german), ("-", .english), ("five", .english),
      ("$5", .english), ("1..5", .english), ("1,2,3", .english), ("12 50", .english),
      ("0,500", .english), ("1234,567", .english), ("1,23,4.5", .english), ("1.5,5.5", .english),
      ("1.2.3", german), ("12/50", .english), ("1e3", .english), ("५", .english), ("5-", .english),
      ("1,250.300.5", .english), ("1' 250,5.5", swiss), ("۱۲٫۵٫۵", persian),
    ] as [(String, NumberMarks)])
  func `is refused rather than guessed`(text: String, marks: NumberMarks) {
    #expect(throws: AmountError.notAnAmount) {
      try Money(typed: text, currency: .usd, marks: marks)
    }
  }

  @Test func `has at most its currency's decimals`() {
    #expect(throws: AmountError.tooManyDecimals(most: 2)) {
      try Money(typed: "12.505", currency: .usd, marks: .english)
    }
    #expect(throws: AmountError.tooManyDecimals(most: 0)) {
      try Money(typed: "12,5", currency: #require(Currency(code: "JPY")), marks: .english)
    }
  }
}
