internal import _FoundationICU

/// The forms a word can take with a number, by their names in Unicode's CLDR.
enum PluralCategory: String, Sendable, Hashable, CaseIterable {
  case zero, one, two, few, many, other
}

/// Which form a language uses with which number. Foundation has no door to these rules of ICU.
final class PluralRules: @unchecked Sendable {
  // Never changed after `init`; ICU lets threads share an object that they only read.
  private let rules: OpaquePointer?

  /// - Parameter language: BCP 47, such as `fa`.
  init(language: String) {
    var status = U_ZERO_ERROR
    rules = swift_uplrules_openForType(language, UPLURAL_TYPE_CARDINAL, &status)
  }

  deinit { swift_uplrules_close(rules) }

  /// The forms that a text with a count must be written in.
  var categories: Set<PluralCategory> {
    var status = U_ZERO_ERROR
    let names = swift_uplrules_getKeywords(rules, &status)
    defer { swift_uenum_close(names) }
    var categories: Set<PluralCategory> = [.other]
    while let name = swift_uenum_next(names, nil, &status) {
      if let category = PluralCategory(rawValue: String(cString: name)) {
        categories.insert(category)
      }
    }
    return categories
  }

  func category(of count: Int) -> PluralCategory {
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 16) { name in
      var status = U_ZERO_ERROR
      let length = swift_uplrules_select(
        rules, Double(count), name.baseAddress, Int32(name.count), &status)
      guard status.rawValue <= U_ZERO_ERROR.rawValue else { return .other }
      return PluralCategory(rawValue: String(decoding: name[..<Int(length)], as: UTF16.self))
        ?? .other
    }
  }
}
