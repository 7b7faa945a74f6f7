import IPAddresses
import NetworkFaults
import Testing

@testable import Transfers

/// Each is this machine to libcurl.
private let disguises = [
  "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]",
  "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]", "localhost", "LOCALHOST",
]

@Suite struct `The address filter of transfers` {
  let transfers = Transfers()

  private func plan(_ host: String, _ port: UInt16) -> TransferPlan {
    var plan = TransferPlan(
      url: "http://\(host):\(port)/", exchange: .http(method: "GET", headers: []))
    plan.allowsAddress = \.isPublic
    plan.hasOwnConnection = true
    return plan
  }

  @Test(arguments: disguises)
  func `makes no connection to this machine`(host: String) async throws {
    let server = try ScriptedServer(on: "0.0.0.0") { _ in .answer(200) }
    let result = await transfers.run(plan(host, server.port))
    #expect(result.failure == .addressRefused)
    #expect(!result.requestBegan)
    #expect(server.connectionCount == 0)
  }

  @Test func `makes none by digits of another script either`() async throws {
    let server = try ScriptedServer(on: "0.0.0.0") { _ in .answer(200) }
    // Whether libcurl understands these depends on the process's locale; we do not let it matter.
    let result = await transfers.run(plan("①②⑦.⓪.⓪.①", server.port))
    #expect([.addressRefused, .malformed].contains(result.failure))
    #expect(server.connectionCount == 0)
  }

  @Test func `would have reached this machine by those names without it`() async throws {
    let server = try ScriptedServer(on: "0.0.0.0") { _ in .answer(200) }
    for host in ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0"] {
      var open = plan(host, server.port)
      open.allowsAddress = nil
      #expect(await transfers.run(open).status == 200, "\(host)")
    }
  }

  @Test func `sees a name whose address changes between two calls`() async throws {
    let server = try ScriptedServer(on: "0.0.0.0") { _ in .answer(200) }
    let good = try #require(AddressBlock("127.0.0.2"))
    func call(_ address: String) async -> TransferResult {
      var plan = plan("shop.example", server.port)
      plan.allowsAddress = { good.contains($0) }
      plan.knownAddresses = ["shop.example:\(server.port):\(address)"]
      return await transfers.run(plan)
    }
    #expect(await call("127.0.0.2").status == 200)
    #expect(await call("127.0.0.1").failure == .addressRefused)
    #expect(server.connectionCount == 1)
  }

  @Test func `refuses a name that has a refused address among good ones`() async throws {
    let server = try ScriptedServer(on: "0.0.0.0") { _ in .answer(200) }
    let good = try #require(AddressBlock("127.0.0.2"))
    var plan = plan("shop.example", server.port)
    plan.allowsAddress = { good.contains($0) }
    plan.knownAddresses = ["shop.example:\(server.port):127.0.0.1,127.0.0.2"]
    #expect(await transfers.run(plan).failure == .addressRefused)
    #expect(server.connectionCount == 0)
  }

  @Test func `does not get a connection that another transfer left`() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    var open = plan("127.0.0.1", server.port)
    open.allowsAddress = nil
    open.hasOwnConnection = false
    #expect(await transfers.run(open).status == 200)
    #expect(await transfers.run(plan("127.0.0.1", server.port)).failure == .addressRefused)
    // Even where the plan forgets to ask for a connection of its own.
    var reusing = plan("127.0.0.1", server.port)
    reusing.hasOwnConnection = false
    #expect(await transfers.run(reusing).failure == .addressRefused)
    #expect(server.requests.count == 1)
  }
}
