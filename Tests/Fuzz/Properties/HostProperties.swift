import IPAddresses

@testable import HTTPServer

/// The `Host` field: what is let in is a name that can stand in a link and in a log, the same to every
/// reader.
enum HostProperties {
  static func check(_ host: [UInt8]) throws {
    let head: RequestHead
    do {
      head = try self.head(host)
    } catch let error as HTTPError {
      return try require(
        error == .malformedHeader || error == .headerFieldsTooLarge, "a host is refused as 400")
    }
    let request = Request(head: head)
    let sent = host.trimmed.map(\.lowercased)
    try require(Array(request.authority.utf8) == sent, "a host is what was sent, in lower case")
    try require((1...255).contains(sent.count), "\(sent.count) bytes are within the limit")
    try checkName(request)
    try require(
      try self.head(sent).authority.count == sent.count, "a host let in once is let in again")
    try checkSpokenFor(by: host)
  }

  private static func checkName(_ request: Request) throws {
    let name = Array(request.hostName.utf8)
    let rest = request.authority.utf8.dropFirst(name.count)
    try require(
      rest.isEmpty || rest.first == ASCII.colon && rest.dropFirst().allSatisfy(\.isDigit),
      "nothing but a port stands behind the name")
    let isAddress = name.first == UInt8(ascii: "[")
    let marks = Array((isAddress ? "[]:." : "-._").utf8)
    try require(
      !name.isEmpty && name.allSatisfy { $0.isDigit || $0.isLetter || marks.contains($0) },
      "a name has no character with a meaning elsewhere")
    if case .subdomain(let slug) = BaseHosts(["example.com"]).match(
      request.authority.utf8.map { $0 }[...])
    {
      try require(request.hostName == "\(slug).example.com", "a shop's host is its own")
      try require(!slug.contains("."), "a shop's name is one label")
    }
  }

  /// What names a host beside the field: a trusted proxy may, the request line may not disagree.
  private static func checkSpokenFor(by host: [UInt8]) throws {
    let stranger = try head(Array("ours".utf8), forwarding: host)
    try require(Request(head: stranger).authority == "ours", "a stranger speaks for nobody")
    let target = Array("http://theirs/".utf8)
    guard !host.trimmed.equalsIgnoringCase("theirs") else { return }
    try require(
      (try? head(host, target: target)) == nil, "a target for another host is refused")
  }

  private static func head(
    _ host: [UInt8], target: [UInt8] = Array("/".utf8), forwarding forwarded: [UInt8]? = nil
  ) throws -> RequestHead {
    var builder = RequestHeadBuilder(target: target, capacity: 64)
    var fields = [(Array("Host".utf8), host)]
    if let forwarded { fields.append((Array("X-Forwarded-Host".utf8), forwarded)) }
    for (name, value) in fields {
      name.withUnsafeBufferPointer { name in
        value.withUnsafeBufferPointer { builder.add(name: name, value: $0) }
      }
    }
    guard let peer = IPAddress("192.0.2.1") else { throw Broken(description: "an address is one") }
    return try Array("GET".utf8).withUnsafeBufferPointer {
      try builder.finish(method: $0, isHTTP11: true, peer: peer, trustedProxies: [])
    }
  }
}
