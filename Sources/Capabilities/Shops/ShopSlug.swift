import Fields

/// A shop's name in addresses: 3 to 40 lower-case letters, digits and single hyphens between them.
struct ShopSlug: Sendable, Equatable {
  let text: String

  private static let lengths = 3...40

  /// Nil for what is none, or kept for the platform.
  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard Self.lengths.contains(text.utf8.count), !Self.reserved.contains(text),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isPlain) })
    else { return nil }
    self.text = text
  }

  /// Made of a shop's name; nil where it has too few letters of the Latin alphabet.
  init?(of name: String) {
    let words = name.lowercased().utf8.split { !$0.isPlain }.prefix(6)
    let text = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-").prefix(34)
    self.init(String(text.last == "-" ? text.dropLast() : text))
  }

  /// The same with something behind it, for when it is taken.
  func numbered(_ number: UInt64) -> ShopSlug? {
    ShopSlug("\(text.prefix(34))-\(String(number % 100_000, radix: 36))")
  }

  /// What people would take for ours, and names that servers of a domain usually have.
  private static let reserved: Set<String> = [
    "about", "abuse", "account", "admin", "administrator", "api", "app", "assets", "autoconfig",
    "autodiscover", "billing", "blog", "cdn", "console", "dashboard", "dev", "docs", "email", "ftp",
    "help", "imap", "info", "localhost", "login", "mail", "martlet", "mta-sts", "ns1", "ns2", "pop",
    "postmaster", "root", "sandbox", "security", "shop", "shops", "smtp", "staging", "static",
    "status", "support", "test", "webmaster", "webmail", "www",
  ]
}

extension UInt8 {
  fileprivate var isPlain: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
  }
}
