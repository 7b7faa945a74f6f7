package import Money

extension Row {
  /// An amount that is kept as `numeric(38, 0)` minor units beside the code of its currency.
  /// - Throws: Also `outOfRange`, naming the currency's column, for a code that is not in our list.
  package func money(
    _ column: StaticString, currency currencyColumn: StaticString
  ) throws(RowError) -> Money {
    let minorUnits: Int128 = try get(column)
    return Money(minorUnits: minorUnits, currency: try currency(currencyColumn))
  }

  package func currency(_ column: StaticString) throws(RowError) -> Currency {
    guard let currency = Currency(code: try get(column)) else { throw .outOfRange("\(column)") }
    return currency
  }
}
