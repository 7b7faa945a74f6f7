/// Which hosts a route answers on.
package enum HostPattern: Sendable, Hashable, CaseIterable {
  /// The platform's own name, such as `example.com`.
  case base
  /// `{slug}.example.com`: one label in front of the base.
  case subdomain
  /// Every other name: the domains that shops bring.
  case other
  case any
}

/// Where a request's host belongs.
package enum HostMatch: Sendable, Hashable {
  case base
  case subdomain(String)
  case other
}

/// The names of the platform itself.
struct BaseHosts: Sendable {
  private let names: [[UInt8]]

  init(_ names: [String]) { self.names = names.map { Array($0.lowercased().utf8) } }

  /// - Parameter authority: In lower case, perhaps with a port.
  func match(_ authority: ArraySlice<UInt8>) -> HostMatch {
    let host = Authority.withoutPort(authority)
    for name in names {
      if host.elementsEqual(name) { return .base }
      guard host.count > name.count + 1, host.suffix(name.count).elementsEqual(name) else {
        continue
      }
      let label = host.dropLast(name.count)
      guard label.last == ASCII.dot, Slug.isValid(label.dropLast()) else { continue }
      return .subdomain(String(decoding: label.dropLast(), as: UTF8.self))
    }
    return .other
  }
}
