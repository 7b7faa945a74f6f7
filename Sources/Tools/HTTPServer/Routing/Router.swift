/// Finds the route of a request. Built once from the declared routes and never changed.
package struct Router: Sendable {
  package let routes: [Route]
  private let hosts: BaseHosts
  private let base: RouteNode
  private let subdomain: RouteNode
  private let other: RouteNode

  /// - Parameter baseHosts: The platform's names, without ports.
  package init(_ routes: [Route], baseHosts: [String]) {
    self.routes = routes
    hosts = BaseHosts(baseHosts)
    base = Router.tree(routes, for: .base)
    subdomain = Router.tree(routes, for: .subdomain)
    other = Router.tree(routes, for: .other)
  }

  private static func tree(_ routes: [Route], for host: HostPattern) -> RouteNode {
    let root = RouteNode.Draft()
    for route in routes where route.host == host || route.host == .any { root.insert(route) }
    return RouteNode(root)
  }

  enum Found {
    case route(Route, PathParameters)
    /// The path is known, the method is not one of its.
    case methodNotAllowed([HTTPMethod])
    /// Known without its trailing slash.
    case trailingSlash
    case nothing
  }

  func hostMatch(_ head: RequestHead) -> HostMatch {
    hosts.match(head.storage[head.authority])
  }

  func find(_ head: RequestHead, on host: HostMatch) -> Found {
    let root =
      switch host {
      case .base: base
      case .subdomain: subdomain
      case .other: other
      }
    return head.storage.withUnsafeBufferPointer { bytes in
      find(head.method, bytes, head.decodedPath, root)
    }
  }

  private func find(
    _ method: HTTPMethod, _ bytes: UnsafeBufferPointer<UInt8>, _ path: Range<Int>, _ root: RouteNode
  ) -> Found {
    var parameters = PathParameters()
    if let node = root.find(bytes, path.dropFirst(), &parameters) {
      if let route = node.route(method) { return .route(route, parameters) }
      return .methodNotAllowed(node.methods)
    }
    guard path.count > 1, bytes[path.upperBound - 1] == ASCII.slash else { return .nothing }
    parameters = PathParameters()
    return root.find(bytes, path.dropFirst().dropLast(), &parameters) == nil
      ? .nothing : .trailingSlash
  }
}

/// One segment's place in the tree of routes.
final class RouteNode: Sendable {
  private let literals: [(segment: [UInt8], node: RouteNode)]
  private let parameter: RouteNode?
  private let routes: [Route]

  /// What a node is while the tree grows.
  final class Draft {
    var literals: [[UInt8]: Draft] = [:]
    var parameter: Draft?
    var routes: [Route] = []

    func insert(_ route: Route) {
      var node = self
      for segment in route.path.segments { node = node.child(segment) }
      precondition(
        !node.routes.contains { $0.method == route.method },
        "\(route.method.rawValue) \(route.path) is declared twice")
      node.routes.append(route)
    }

    private func child(_ segment: RoutePath.Segment) -> Draft {
      switch segment {
      case .literal(let bytes):
        let next = literals[bytes] ?? Draft()
        literals[bytes] = next
        return next
      case .parameter:
        let next = parameter ?? Draft()
        parameter = next
        return next
      }
    }
  }

  init(_ draft: Draft) {
    literals = draft.literals.map { ($0.key, RouteNode($0.value)) }
    parameter = draft.parameter.map(RouteNode.init)
    routes = draft.routes
  }

  /// The node of a path, literal segments before parameters.
  /// - Parameter rest: What of the path is left, without the slash in front of it.
  func find(
    _ bytes: UnsafeBufferPointer<UInt8>, _ rest: Range<Int>, _ parameters: inout PathParameters
  ) -> RouteNode? {
    if rest.isEmpty { return routes.isEmpty ? nil : self }
    let slash = bytes[rest].firstIndex(of: ASCII.slash)
    let segment = rest.lowerBound..<(slash ?? rest.upperBound)
    let next = (slash.map { $0 + 1 } ?? rest.upperBound)..<rest.upperBound
    // A path that ends with a slash has an empty segment there, which no node stands for.
    if segment.isEmpty || (slash != nil && next.isEmpty) { return nil }
    for (literal, node) in literals
    where literal.count == segment.count && literal.elementsEqual(bytes[segment]) {
      if let found = node.find(bytes, next, &parameters) { return found }
    }
    guard let parameter, parameters.count < PathParameters.maximum else { return nil }
    parameters.append(segment)
    if let found = parameter.find(bytes, next, &parameters) { return found }
    parameters.removeLast()
    return nil
  }

  /// HEAD is answered by the route for GET.
  func route(_ method: HTTPMethod) -> Route? {
    routes.first { $0.method == method }
      ?? (method == .head ? routes.first { $0.method == .get } : nil)
  }

  var methods: [HTTPMethod] {
    let declared = Set(routes.map(\.method))
    return HTTPMethod.allCases.filter {
      declared.contains($0) || $0 == .options || ($0 == .head && declared.contains(.get))
    }
  }
}

extension Range<Int> {
  fileprivate func dropFirst() -> Range<Int> { lowerBound + 1..<upperBound }
  fileprivate func dropLast() -> Range<Int> { lowerBound..<upperBound - 1 }
}

/// Where the parameters of a path lie, without an allocation.
struct PathParameters: Sendable {
  static let maximum = 6
  private var ranges = InlineArray<6, Bounds>(repeating: Bounds(start: 0, end: 0))
  private(set) var count = 0

  private struct Bounds: Sendable {
    var start: UInt32
    var end: UInt32
  }

  subscript(_ index: Int) -> Range<Int> {
    precondition(index < count)
    return Int(ranges[index].start)..<Int(ranges[index].end)
  }

  mutating func append(_ range: Range<Int>) {
    ranges[count] = Bounds(
      start: UInt32(range.lowerBound), end: UInt32(range.upperBound))
    count += 1
  }

  mutating func removeLast() { count -= 1 }
}
