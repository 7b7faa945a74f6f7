import Fields
import Foundation
import Testing

@testable import HTTPServer

@Suite struct `Finding the route of a request` {
  private static func route(
    _ method: HTTPMethod, _ path: String, on host: HostPattern = .base
  ) -> Route {
    Route(untyped: path, method: method, on: host, name: "\(host) \(path)") { _ in Response() }
  }

  private let router = Router(
    [
      route(.get, "/"), route(.get, "/items"), route(.post, "/items"),
      route(.get, "/items/new"), route(.get, "/items/{item}"),
      route(.get, "/items/{item}/reviews/{review}"), route(.get, "/", on: .subdomain),
      route(.get, "/cart", on: .any),
    ], baseHosts: ["example.com", "localhost"])

  private func find(_ method: String, _ target: String, host: String = "example.com") throws
    -> String
  {
    let head = try head(method, target, host: host)
    let match = router.hostMatch(head)
    switch router.find(head, on: match) {
    case .route(let route, let parameters):
      let request = Request(head: head, route: route, parameters: parameters, host: match)
      let given = route.path.parameterNames.map { "\($0)=\(request.parameter($0)!)" }
      return ([route.name] + given).joined(separator: " ")
    case .methodNotAllowed(let methods):
      return "405 " + methods.map(\.rawValue).joined(separator: ",")
    case .trailingSlash: return "trailing slash"
    case .nothing: return "404"
    }
  }

  @Test(arguments: [
    ("GET", "/", "base /"), ("GET", "/items", "base /items"),
    ("GET", "/items?page=2", "base /items"),
    ("GET", "/items/new", "base /items/new"),
    ("GET", "/items/blue", "base /items/{item} item=blue"),
    ("GET", "/items/new/reviews/7", "base /items/{item}/reviews/{review} item=new review=7"),
    ("HEAD", "/items", "base /items"), ("GET", "/items/a%20b", "base /items/{item} item=a b"),
    ("GET", "/items/%C3%BC", "base /items/{item} item=ü"), ("GET", "/cart", "any /cart"),
  ])
  func `prefers what is spelled out to a parameter`(
    method: String, target: String, name: String
  ) throws {
    #expect(try find(method, target) == name)
  }

  @Test(arguments: [
    ("PUT", "/items", "405 GET,HEAD,POST,OPTIONS"), ("POST", "/items/new", "405 GET,HEAD,OPTIONS"),
    ("GET", "/nothing", "404"), ("GET", "/items/a/b", "404"), ("GET", "//items", "404"),
    ("GET", "/items//reviews/7", "404"), ("GET", "/items/", "trailing slash"),
    ("GET", "/items//", "404"), ("GET", "/nothing/", "404"), ("GET", "/Items", "404"),
  ])
  func `tells an unknown path from a method that it does not take`(
    method: String, target: String, result: String
  ) throws {
    #expect(try find(method, target) == result)
  }

  @Test(arguments: [
    ("example.com", HostMatch.base), ("EXAMPLE.com:8080", .base), ("localhost", .base),
    ("blue-shop.example.com", .subdomain("blue-shop")), ("a.localhost:1", .subdomain("a")),
    ("a.b.example.com", .other), ("-a.example.com", .other), (".example.com", .other),
    ("notexample.com", .other), ("shop.test", .other), ("[::1]:80", .other), ("127.0.0.1", .other),
  ])
  func `knows whose host it is`(host: String, match: HostMatch) throws {
    #expect(router.hostMatch(try head("/", host: host)) == match)
  }

  @Test func `answers each kind of host by its own routes`() throws {
    #expect(try find("GET", "/", host: "blue.example.com") == "subdomain /")
    #expect(try find("GET", "/", host: "shop.test") == "404")
    #expect(try find("GET", "/cart", host: "shop.test") == "any /cart")
    #expect(try find("GET", "/items", host: "blue.example.com") == "404")
  }

  private func head(_ target: String, host: String) throws -> RequestHead {
    try HTTPServerTests.head("GET", target, host: host)
  }

  private func head(_ method: String, _ target: String, host: String) throws -> RequestHead {
    try HTTPServerTests.head(method, target, host: host)
  }
}

@Suite struct `Typed parameters` {
  @Test(arguments: [("7", 7), ("0", 0), ("9223372036854775807", Int.max)])
  func `take numbers`(text: String, number: Int) {
    #expect(Int(pathSegment: text[...]) == number)
  }

  @Test(arguments: ["", "-1", "+1", "01", "1.0", "9223372036854775808", "٣", " 1"])
  func `refuse a second spelling of a number`(text: String) {
    #expect(Int(pathSegment: text[...]) == nil)
  }

  @Test(arguments: ["a", "blue-shirt", "2024", String(repeating: "a", count: 100)])
  func `take slugs`(text: String) { #expect(Slug(pathSegment: text[...])?.description == text) }

  @Test(arguments: ["", "-a", "a-", "a--b", "A", "ü", "a_b", String(repeating: "a", count: 101)])
  func `refuse what is no slug`(text: String) { #expect(Slug(pathSegment: text[...]) == nil) }

  @Test func `take ids in one spelling`() {
    let text = "0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
    #expect(UUID(pathSegment: text[...])?.uuidString.lowercased() == text)
    #expect(UUID(pathSegment: text.uppercased()[...]) == nil)
    #expect(UUID(pathSegment: text.dropLast()) == nil)
  }

  @Test func `reach the handler in the order of the path`() async throws {
    let route = Route(.get, "/shops/{shop}/orders/{number}") { (_, shop: Slug, number: Int) in
      .text("\(shop) \(number)")
    }
    #expect(route.parameterSchemas == [Slug.schema, Int.schema])
    try await withServer([route]) { server in
      let found = try await server.get("/shops/blue/orders/12")
      let padded = try await server.get("/shops/blue/orders/012")
      let capital = try await server.get("/shops/Blue/orders/12")
      #expect(found.text == "blue 12")
      #expect(padded.status == 404)
      #expect(capital.status == 404)
    }
  }
}
