import IPAddresses
import NetworkFaults
import Testing

@testable import HTTPClient

@Suite struct `A URL from a stranger` {
  private var destinations: UntrustedDestinations {
    var destinations = UntrustedDestinations()
    destinations.ownNames = ["martlet.example"]
    return destinations
  }

  @Test(arguments: [
    "https://shop.example.com", "https://shop.example.com:443/hook?x=1",
    "https://SHOP.Example.com/",
    "https://xn--mgbh0fb.example/", "https://shop.example.com./", "https://1.example.com/",
  ])
  func `may lead to a public name`(url: String) { #expect(destinations.permits(url: url)) }

  @Test(arguments: [
    "http://shop.example.com/", "ftp://shop.example.com/", "file:///etc/passwd", "gopher://a.b/",
    "https://shop.example.com:8443/", "https://shop.example.com:22/", "https://shop.example.com:0/",
    "https://user@shop.example.com/", "https://user:word@shop.example.com/",
    "https://@shop.example.com/", "https://shop.example.com/#part", "https://", "not a url", "",
    "https://127.0.0.1/", "https://93.184.216.34/", "https://127.1/", "https://2130706433/",
    "https://0x7f000001/", "https://0177.0.0.1/", "https://0/", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://a.0x7f/",
    "https://a.b.1/", "https://①②⑦.⓪.⓪.①/", "https://localhost/", "https://LOCALHOST/",
    "https://a.localhost/", "https://printer.local/", "https://db.internal/",
    "https://metadata.google.internal/", "https://router.home.arpa/", "https://intranet/",
    "https://martlet.example/", "https://shop.martlet.example/", "https://shop.martlet.example./",
    "https://shop..example.com/", "https://shop.example.com\\@127.0.0.1/",
    "https://shop.example.com%00.evil.example/", "https://shop%2eexample.com:80@evil.example/",
  ])
  func `may lead nowhere else`(url: String) { #expect(!destinations.permits(url: url)) }

  @Test func `is of bounded length`() {
    let long = "https://shop.example.com/" + String(repeating: "a", count: 2_048)
    #expect(!destinations.permits(url: long))
  }

  @Test func `may be plain HTTP only where that is allowed, and at its own port`() {
    var destinations = destinations
    destinations.allowsPlainHTTP = true
    #expect(destinations.permits(url: "http://shop.example.com/"))
    #expect(!destinations.permits(url: "http://shop.example.com:443/"))
  }

  @Test func `may not lead to an address of ours`() throws {
    var destinations = destinations
    destinations.ownAddresses = [try #require(AddressBlock("93.184.216.0/24"))]
    #expect(!destinations.permits(try #require(IPAddress("93.184.216.34"))))
    #expect(destinations.permits(try #require(IPAddress("1.1.1.1"))))
    #expect(!destinations.permits(try #require(IPAddress("10.0.0.1"))))
  }

  @Test(arguments: ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "[fd00:ec2::254]"])
  func `is not followed when its name stands for a refused address`(address: String) async throws {
    let client = try TestClient(
      { $0.untrusted = UntrustedDestinations() },
      surroundings: { $0.knownAddresses = ["shop.example.com:443:\(address)"] })
    await #expect(throws: HTTPClientError(reason: .destinationRefused, outcome: .notReceived)) {
      try await client.send(HTTPClient.Request(.post, "https://shop.example.com/hook"))
    }
  }

  @Test func `is refused before anything is looked up`() async throws {
    let server = try ScriptedServer(on: "0.0.0.0") { _ in .answer(200) }
    let client = try TestClient { $0.untrusted = UntrustedDestinations() }
    await #expect(throws: HTTPClientError(reason: .destinationRefused, outcome: .notReceived)) {
      try await client.send(request(.post, server.port))
    }
    #expect(client.calls.all.isEmpty)
    #expect(server.connectionCount == 0)
  }
}
