import FoundationEssentials
import Glibc
import Testing

@testable import Observability

@Suite struct `A log line` {
  @Test func `is one JSON object with the ids of its request and shop`() {
    let line = Log.line(
      .warning, "pool.wait", ["waited_ms": 12, "quote": "a \"b\"\n\u{1}", "late": true],
      context: Log.Context(requestID: "r1", shopID: "s1"), at: .init(timeIntervalSince1970: 0.25))
    #expect(
      line
        == #"{"time":"1970-01-01T00:00:00.250Z","level":"warning","event":"pool.wait","#
        + #""request_id":"r1","shop_id":"s1","waited_ms":12,"#
        + #""quote":"a \"b\"\n\u0001","late":true}"# + "\n")
  }
}

@Suite struct `Metrics of several processes` {
  @Test func `adds up the rows of all processes`() throws {
    let memory = try SharedMemory(size: Metrics.memorySize(processes: 2))
    let twin = try SharedMemory(descriptor: dup(memory.descriptor), size: memory.bytes.count)
    let first = Metrics(memory: memory, process: 0, processes: 2)
    let second = Metrics(memory: twin, process: 1, processes: 2)
    for (metrics, count) in [(first, 2), (second, 3)] {
      metrics.counter("requests_total", help: "Requests.", labels: ["route": "/"])
        .increment(by: count)
    }
    #expect(
      first.render()
        == "# HELP requests_total Requests.\n# TYPE requests_total counter\n"
        + "requests_total{route=\"/\"} 5\n")
    #expect(second.render() == first.render())
  }

  @Test func `starts a gauge at zero with its process`() throws {
    let memory = try SharedMemory(size: Metrics.memorySize(processes: 1))
    Metrics(memory: memory, process: 0, processes: 1).gauge("busy", help: "Busy.").add(-4)
    let restarted = Metrics(memory: memory, process: 0, processes: 1)
    let busy = restarted.gauge("busy", help: "Busy.")
    busy.add(-1)
    #expect(restarted.render().hasSuffix("\nbusy -1\n"))
  }

  @Test func `counts durations into cumulative buckets`() throws {
    let metrics = try Metrics()
    let durations = metrics.durations("seconds", help: "Time.", labels: ["route": "/"])
    for nanoseconds: UInt64 in [1, 500_000, 500_001, 20_000_000_000] {
      durations.record(nanoseconds: nanoseconds)
    }
    let text = metrics.render()
    #expect(text.contains(#"seconds_bucket{route="/",le="0.0005"} 2"#))
    #expect(text.contains(#"seconds_bucket{route="/",le="0.001"} 3"#))
    #expect(text.contains(#"seconds_bucket{route="/",le="+Inf"} 4"#))
    #expect(text.contains(#"seconds_count{route="/"} 4"#))
  }
}

@Suite struct `The requests in flight` {
  @Test func `are read from another process's memory until they end`() throws {
    let memory = try SharedMemory(size: InFlight.memorySize(processes: 2))
    let web = InFlight(memory: memory, process: 1, processes: 2)
    let supervisor = InFlight(
      memory: try SharedMemory(descriptor: dup(memory.descriptor), size: memory.bytes.count),
      process: 1, processes: 2)
    let ended = try #require(web.begin(requestID: "a", method: "GET", path: "/done"))
    _ = web.begin(requestID: "b", method: "POST", path: "/" + String(repeating: "x", count: 500))
    web.end(ended)
    let left = supervisor.takeAll()
    #expect(left.count == 1)
    #expect(left.first?.hasPrefix("b POST /xxx") == true)
    #expect(left.first?.utf8.count == InFlight.entrySize - 8)
    #expect(supervisor.takeAll().isEmpty)
  }

  @Test func `beyond the table are not noted and nothing breaks`() throws {
    let memory = try SharedMemory(size: InFlight.memorySize(processes: 1))
    let table = InFlight(memory: memory, process: 0, processes: 1)
    let entries = (0..<2_000).map { _ in table.begin(requestID: "r", method: "GET", path: "/") }
    #expect(entries.compactMap { $0 }.count == InFlight.entriesPerProcess)
  }
}
