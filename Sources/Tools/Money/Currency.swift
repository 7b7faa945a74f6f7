/// What an amount is counted in: a currency of ISO 4217, or a coin that we take.
package struct Currency: Sendable, Hashable {
  /// Three letters for a currency of ISO 4217, three to five for a coin: `KES`, `USDT`.
  package let code: String
  /// How many decimals its minor unit stands for: KES 2, JPY 0, XMR 12.
  package let digits: Int

  /// Nil for a code that is not in the list, letter case included.
  package init?(code: String) {
    guard let digits = Self.digitsByCode[code] else { return nil }
    self.code = code
    self.digits = digits
  }

  private init(code: String, digits: Int) {
    self.code = code
    self.digits = digits
  }

  package static let eur = Currency(code: "EUR", digits: 2)
  package static let kes = Currency(code: "KES", digits: 2)
  package static let usd = Currency(code: "USD", digits: 2)
  package static let xmr = Currency(code: "XMR", digits: 12)

  /// In the order of their codes.
  package static let all = digitsByCode.map { Currency(code: $0.key, digits: $0.value) }
    .sorted { $0.code < $1.code }

  /// ISO 4217, list one as published on 2026-01-01, without the codes that have no minor unit
  /// (metals, funds of the Monetary Fund, testing); then the coins.
  private static let digitsByCode: [String: Int] = {
    let lists: [(digits: Int, codes: String)] = [
      (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
      (
        2,
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD \
        CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS \
        GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD \
        LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB \
        PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
        SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW \
        ZWG
        """
      ),
      (3, "BHD IQD JOD KWD LYD OMR TND"),
      (4, "CLF UYW"),
      // Coins: Monero's piconero, Bitcoin's and Litecoin's satoshi, Ethereum's wei, Solana's
      // lamport, the two tokens as their contracts count them, and Telegram's Stars.
      (12, "XMR"), (8, "BTC LTC"), (18, "ETH"), (9, "SOL"), (6, "USDT USDC"), (0, "XTR"),
    ]
    var digits: [String: Int] = [:]
    for list in lists {
      for code in list.codes.split(separator: " ") { digits[String(code)] = list.digits }
    }
    return digits
  }()
}
