/// One mailbox, such as `Ada Lovelace <ada@example.com>`.
package struct MailAddress: Sendable, Hashable {
  /// For people; of any script, but of one line.
  package let name: String?
  package let address: String

  /// - Returns: Nil unless the address is `local@domain` in ASCII, of dot-separated parts (RFC 5321's
  ///   Dot-string) within its lengths, and the name free of control characters. Quoted local parts,
  ///   comments and address literals exist on paper only.
  package init?(_ address: String, name: String? = nil) {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count <= 64, address.utf8.count <= 254,
      parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isAtom),
      Self.isDomain(parts[1]), name?.isOneLine ?? true
    else { return nil }
    self.address = address
    self.name = name.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func isAtom(_ text: Substring) -> Bool {
    text.wholeMatch(of: /[A-Za-z0-9!#$%&'*+\/=?^_`{|}~-]+/) != nil
  }

  private static func isDomain(_ text: Substring) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
      $0.wholeMatch(of: /[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?/) != nil
    }
  }

  var domain: String { String(address.split(separator: "@").last ?? "") }
}

extension String {
  /// Free of what would end a line, or be no text.
  var isOneLine: Bool {
    unicodeScalars.allSatisfy {
      $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0.value != 0x2028
        && $0.value != 0x2029
    }
  }
}
