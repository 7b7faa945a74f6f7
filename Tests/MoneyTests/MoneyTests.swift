import Money
import TestSupport
import Testing

@Suite struct `A currency` {
  @Test(arguments: [
    ("KES", 2), ("JPY", 0), ("ISK", 0), ("UGX", 0), ("TND", 3), ("KWD", 3), ("CLF", 4),
    ("ZWG", 2), ("XCG", 2), ("XMR", 12), ("BTC", 8), ("ETH", 18), ("SOL", 9), ("LTC", 8),
    ("USDT", 6), ("USDC", 6), ("XTR", 0),
  ])
  func `has the decimals of its list`(code: String, digits: Int) {
    #expect(Currency(code: code)?.digits == digits)
  }

  @Test(arguments: ["", "kes", "KE", "XDR", "XAU", "HRK", "BGN", "KES ", "DOGE", "K\u{415}S"])
  func `is refused by a code that is not in use`(code: String) {
    #expect(Currency(code: code) == nil)
  }

  @Test func `is one of 165 of ISO 4217 and eight coins`() {
    #expect(Currency.all.count == 165 + 8)
    #expect(Currency.all.map(\.code) == Currency.all.map(\.code).sorted())
  }
}

@Suite struct `Reckoning with money` {
  private let five = Money(minorUnits: 5_00, currency: .usd)
  private let most = Money(minorUnits: Money.largest, currency: .usd)
  private let least = Money(minorUnits: -Money.largest, currency: .usd)

  @Test func `is exact`() throws {
    #expect(try five + five == Money(minorUnits: 10_00, currency: .usd))
    #expect(try five - (five + five) == -five)
    #expect(try five * 3 == Money(wholeUnits: 15, currency: .usd))
    #expect(try Money.sum([five, five, -five], in: .usd) == five)
    #expect(try Money.sum([], in: .kes) == .zero(.kes))
    #expect(try most + least == .zero(.usd))
  }

  @Test func `refuses to mix currencies`() {
    let shillings = Money(minorUnits: 1, currency: .kes)
    let refusal = MoneyError.mixedCurrencies(.usd, .kes)
    #expect(throws: refusal) { try five + shillings }
    #expect(throws: refusal) { try five - shillings }
    #expect(throws: refusal) { try five < shillings }
    #expect(throws: refusal) { try five <= shillings }
    #expect(throws: refusal) { try five >= shillings }
    #expect(throws: refusal) { try Money.sum([five, shillings], in: .usd) }
  }

  @Test func `refuses what 38 digits cannot hold, and does not trap`() {
    let extremes = [
      most, least, Money(minorUnits: .max, currency: .usd), Money(minorUnits: .min, currency: .usd),
    ]
    let one = Money(minorUnits: 1, currency: .usd)
    #expect(throws: MoneyError.outOfRange) { try most + one }
    #expect(throws: MoneyError.outOfRange) { try least - one }
    for extreme in extremes {
      #expect(throws: MoneyError.outOfRange) { try extreme * .max }
      #expect(throws: MoneyError.outOfRange) { try extreme * .min }
      #expect(throws: MoneyError.outOfRange) { try extreme.share(basisPoints: .max) }
      #expect(throws: MoneyError.outOfRange) { try extreme.share(percent: .min) }
      #expect(throws: MoneyError.outOfRange) {
        try extreme.multiplied(by: .min, over: 1, rounding: .up)
      }
      #expect(throws: MoneyError.outOfRange) {
        try extreme.multiplied(by: 1, over: 0, rounding: .up)
      }
    }
    #expect(throws: MoneyError.outOfRange) { try -Money(minorUnits: .min, currency: .usd) }
    #expect(throws: MoneyError.outOfRange) {
      try Money(wholeUnits: .max, currency: Currency(code: "ETH")!) * 100
    }
  }

  @Test func `orders amounts of one currency`() throws {
    let six = Money(minorUnits: 6_00, currency: .usd)
    #expect(try five < six)
    #expect(try six > five)
    #expect(try five <= five)
    #expect(try five >= five)
    #expect(try !(six <= five))
    #expect(try [six, five, -six].min { try $0 < $1 } == -six)
  }
}

@Suite struct `Rounding money` {
  /// Tenths of a cent, and what each rule makes of them.
  @Test(
    arguments: [
      (10, 1, 1, 1, 1), (14, 1, 1, 1, 2), (15, 2, 2, 1, 2), (16, 2, 2, 1, 2), (24, 2, 2, 2, 3),
      (25, 3, 2, 2, 3), (26, 3, 3, 2, 3), (0, 0, 0, 0, 0), (1, 0, 0, 0, 1), (5, 1, 0, 0, 1),
    ] as [(Int128, Int128, Int128, Int128, Int128)])
  func `follows its rule, and mirrors at zero`(
    tenths: Int128, halfUp: Int128, halfEven: Int128, down: Int128, up: Int128
  ) throws {
    let expected: [(Rounding, Int128)] = [
      (.halfUp, halfUp), (.halfEven, halfEven), (.down, down), (.up, up),
    ]
    for (rule, cents) in expected {
      for sign in [1, -1] as [Int128] {
        let amount = Money(minorUnits: tenths * sign, currency: .usd)
        let rounded = try amount.multiplied(by: 1, over: 10, rounding: rule)
        #expect(rounded.minorUnits == cents * sign)
        #expect(try amount.multiplied(by: -1, over: 10, rounding: rule) == -rounded)
        #expect(try amount.multiplied(by: 1, over: -10, rounding: rule) == -rounded)
      }
    }
  }

  @Test(arguments: UInt64(1)...500)
  func `is exact with factors of any size`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let amount = Money(
      minorUnits: .random(in: -Money.largest...Money.largest, using: &random), currency: .xmr)
    let denominator = Int128.random(in: 1 ... .max, using: &random)
    #expect(try amount.multiplied(by: denominator, over: denominator, rounding: .up) == amount)
    let numerator = Int128.random(in: 0...denominator, using: &random)
    let up = try amount.multiplied(by: numerator, over: denominator, rounding: .up)
    let down = try amount.multiplied(by: numerator, over: denominator, rounding: .down)
    #expect((0...1).contains(up.minorUnits.magnitude - down.minorUnits.magnitude))
    for rule in [Rounding.halfUp, .halfEven] {
      let nearest = try amount.multiplied(by: numerator, over: denominator, rounding: rule)
      #expect([up, down].contains(nearest))
    }
  }

  @Test(
    arguments: [
      (0, 0), (14, 0), (15, 1), (42, 1), (43, 2), (100, 4), (1_000_000, 35_000), (-15, -1),
    ] as [(Int128, Int128)])
  func `takes 3.5 % with half a cent rounded up`(cents: Int128, fee: Int128) throws {
    #expect(try Money(minorUnits: cents, currency: .usd).share(basisPoints: 350).minorUnits == fee)
  }

  @Test func `takes whole percents`() throws {
    #expect(try Money(minorUnits: 1_50, currency: .usd).share(percent: 15).minorUnits == 23)
    #expect(
      try Money(minorUnits: 1_50, currency: .usd).share(percent: 15, rounding: .halfEven)
        .minorUnits == 22)
  }

  /// A type, since Swift 6.3 crashes on tuples of arguments that mix `Int128` with smaller values.
  struct Ending: Sendable {
    let cents: Int128
    let rule: Rounding
    let step: Int128
    let ending: Int128
    let rounded: Int128

    init(_ cents: Int128, _ rule: Rounding, _ step: Int128, _ ending: Int128, _ rounded: Int128) {
      self.cents = cents
      self.rule = rule
      self.step = step
      self.ending = ending
      self.rounded = rounded
    }
  }

  @Test(arguments: [
    Ending(12_32, .halfUp, 5, 0, 12_30), Ending(12_33, .halfUp, 5, 0, 12_35),
    Ending(12_31, .up, 5, 0, 12_35), Ending(12_34, .down, 5, 0, 12_30),
    Ending(-12_33, .halfUp, 5, 0, -12_35), Ending(12_32, .halfUp, 100, 99, 11_99),
    Ending(12_49, .halfUp, 100, 99, 12_99), Ending(12_99, .up, 100, 99, 12_99),
    Ending(13_00, .up, 100, 99, 13_99), Ending(13_00, .down, 100, 99, 12_99),
    Ending(-13_00, .down, 100, 99, -12_99), Ending(30, .down, 100, 99, 99),
    Ending(-30, .halfUp, 100, 99, -99), Ending(0, .up, 100, 99, 0),
  ])
  func `finds what coins can pay, and a shop's price endings`(example: Ending) throws {
    let amount = Money(minorUnits: example.cents, currency: .usd)
    let result = try amount.rounded(example.rule, toStepsOf: example.step, ending: example.ending)
    #expect(result.minorUnits == example.rounded)
  }

  @Test(arguments: [(0, 0), (-5, 0), (5, 5), (5, -1)] as [(Int128, Int128)])
  func `refuses steps that are none`(step: Int128, ending: Int128) {
    #expect(throws: MoneyError.outOfRange) {
      try Money(minorUnits: 1, currency: .usd).rounded(.up, toStepsOf: step, ending: ending)
    }
  }
}

@Suite struct `Sharing money out` {
  @Test(
    arguments: [
      (100, [1, 1, 1], [34, 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]), (0, [3, 1], [0, 0]),
      (5, [1, 0, 1], [3, 0, 2]), (100, [3, 3, 4], [30, 30, 40]), (101, [0, 7], [0, 101]),
      (10, [1, 2, 3], [2, 3, 5]), (1, [1, 2], [0, 1]),
    ] as [(Int128, [Int128], [Int128])])
  func `gives odd units to the largest remainders`(
    amount: Int128, weights: [Int128], shares: [Int128]
  ) throws {
    let shared = try Money(minorUnits: amount, currency: .usd).allocated(by: weights)
    #expect(shared.map(\.minorUnits) == shares)
  }

  @Test(arguments: [[], [0], [0, 0], [1, -1], [-1]] as [[Int128]])
  func `refuses weights that share nothing`(weights: [Int128]) {
    #expect(throws: MoneyError.unusableWeights) {
      try Money(minorUnits: 100, currency: .usd).allocated(by: weights)
    }
  }

  @Test func `refuses weights beyond counting, and does not trap`() throws {
    let amount = Money(minorUnits: Money.largest, currency: .usd)
    #expect(throws: MoneyError.outOfRange) { try amount.allocated(by: [.max, .max, .max]) }
    #expect(try Money.sum(amount.allocated(by: [.max, .max, 1]), in: .usd) == amount)
  }

  @Test(arguments: UInt64(1)...500)
  func `loses no unit and is fair in any order`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let reach: Int128 = seed.isMultiple(of: 2) ? 1_000 : Money.largest
    let amount = Money(minorUnits: .random(in: -reach...reach, using: &random), currency: .kes)
    let largestWeight: Int128 = seed.isMultiple(of: 3) ? 5 : .max / 64
    let weights =
      (1...Int.random(in: 1...40, using: &random)).map { _ in
        Int128.random(in: 0...largestWeight, using: &random)
      } + [1]
    let shares = try amount.allocated(by: weights)
    #expect(try Money.sum(shares, in: .kes) == amount)
    expectFair(Array(zip(weights, shares.map(\.minorUnits.magnitude))))
    let order = weights.indices.shuffled(using: &random)
    let shuffled = try amount.allocated(by: order.map { weights[$0] })
    // Pairs, since which of equal weights gets an odd unit is the order's to say.
    let before = zip(weights, shares).map { ($0, $1.minorUnits) }.sorted(by: <)
    let after = zip(order.map { weights[$0] }, shuffled).map { ($0, $1.minorUnits) }.sorted(by: <)
    #expect(before.elementsEqual(after, by: ==))
  }

  private func expectFair(_ pairs: [(weight: Int128, share: UInt128)]) {
    let sorted = pairs.sorted { ($0.weight, $0.share) < ($1.weight, $1.share) }
    for (smaller, larger) in zip(sorted, sorted.dropFirst()) {
      #expect(smaller.share <= larger.share)
      if smaller.weight == larger.weight { #expect(larger.share - smaller.share <= 1) }
    }
    for pair in pairs where pair.weight == 0 { #expect(pair.share == 0) }
  }
}
