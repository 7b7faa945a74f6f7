package import IPAddresses
import Transfers

/// Where a URL that somebody else gave us may lead: to public hosts, by name, at the usual ports.
package struct UntrustedDestinations: Sendable {
  /// Only for a developer's machine.
  package var allowsPlainHTTP = false
  /// The platform's own host names; everything below them is refused too.
  package var ownNames: [String] = []
  /// The platform's own public addresses.
  package var ownAddresses: [AddressBlock] = []

  package init() {}

  static let longestURL = 2_048
  /// Names that lead to ourselves or our neighbours.
  private static let localNames = [
    "localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain", "onion",
  ]

  /// Judges what can be seen in the text. What its name stands for is judged by `permits(_:)` when
  /// it is connected to. Also for a form that takes such a URL.
  package func permits(url text: String) -> Bool {
    guard text.utf8.count <= Self.longestURL, let url = TransferURL(text) else { return false }
    return
      (url.scheme == "https" && url.port == 443
      || allowsPlainHTTP && url.scheme == "http" && url.port == 80)
      && !url.hasUserInfo && !url.hasFragment && permits(host: url.host)
  }

  package func permits(_ address: IPAddress) -> Bool {
    address.isPublic && !ownAddresses.contains { $0.contains(address) }
  }

  /// Names of letters, digits and hyphens with at least two labels. Other scripts come in their
  /// ASCII form (`xn--…`), so that nobody maps them to digits behind our back.
  private func permits(host: String) -> Bool {
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy({ $0.wholeMatch(of: /[a-z0-9_-]{1,63}/) != nil }),
      // A last label that is a number makes the whole an IPv4 address to many parsers.
      let last = labels.last, last.wholeMatch(of: /[0-9]+|0x[0-9a-f]*/) == nil
    else { return false }
    let refused = Self.localNames + ownNames.map { $0.lowercased() }
    return !refused.contains { name == $0 || name.hasSuffix("." + $0) }
  }
}
