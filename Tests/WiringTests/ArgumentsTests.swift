import Testing

@testable import Wiring

@Suite struct `A command line` {
  private func parse(_ words: String...) throws(CommandFailure) -> Arguments {
    try Arguments(words, options: ["port", "data"], flags: ["json"])
  }

  @Test func `has options in two spellings, and flags`() throws {
    let arguments = try parse("--port", "81", "--data=/tmp/a=b", "--json")
    #expect(arguments["port"] == "81")
    #expect(arguments["data"] == "/tmp/a=b")
    #expect(arguments.has("json"))
  }

  @Test(arguments: [["--prot", "81"], ["--port"], ["--json=yes"], ["--"], ["now"]])
  func `that is wrong ends as usage`(words: [String]) {
    #expect {
      _ = try Arguments(words, options: ["port", "data"], flags: ["json"])
    } throws: { ($0 as? CommandFailure)?.code == .usage }
  }

  @Test(arguments: ["0", "65536", "x", "-1"])
  func `takes numbers in their range only`(text: String) throws {
    let arguments = try parse("--port", text)
    #expect(throws: CommandFailure.self) {
      try arguments.integer("port", in: 1...65_535, otherwise: 8_080)
    }
  }

  @Test func `of a web process is read as it was written`() throws {
    let order = WebProcess.Order(index: 1, processes: 2, port: 8_081, dataFolder: "/tmp/a b")
    #expect(order.arguments.first == WebProcess.command)
    #expect(try WebProcess.Order(Array(order.arguments.dropFirst())) == order)
  }
}
