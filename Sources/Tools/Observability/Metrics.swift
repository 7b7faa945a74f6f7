import Synchronization

/// Counters, gauges and histograms of all web processes, kept in shared memory so that whichever
/// process is asked for `/metrics` answers for all. Every process registers the same metrics in the
/// same order at start; each writes into its own row of cells and `render` adds the rows up.
package final class Metrics: Sendable {
  package static let cellsPerProcess = 8_192
  /// - Returns: The bytes of shared memory that `processes` processes need.
  package static func memorySize(processes: Int) -> Int {
    processes * cellsPerProcess * MemoryLayout<UInt64>.stride
  }

  private let cells: Cells
  private let process: Int
  private let families = Mutex<[Family]>([])

  /// - Parameters:
  ///   - memory: At least `memorySize(processes:)` bytes.
  ///   - process: Which row is ours, from 0.
  package init(memory: SharedMemory, process: Int, processes: Int) {
    precondition(process < processes && memory.bytes.count >= Self.memorySize(processes: processes))
    self.cells = Cells(memory: memory, processes: processes)
    self.process = process
  }

  /// Metrics of this process alone, for tools and tests.
  package convenience init() throws(SharedMemory.Failed) {
    let memory = try SharedMemory(size: Self.memorySize(processes: 1))
    self.init(memory: memory, process: 0, processes: 1)
  }

  package func counter(
    _ name: String, help: String, labels: KeyValuePairs<String, String> = [:]
  ) -> Counter {
    Counter(cell: cells.cell(register(name, help, .counter, labels, cells: 1), of: process))
  }

  /// A gauge starts at zero with its process, whatever an earlier process left in the row.
  package func gauge(
    _ name: String, help: String, labels: KeyValuePairs<String, String> = [:]
  ) -> Gauge {
    let gauge = Gauge(cell: cells.cell(register(name, help, .gauge, labels, cells: 1), of: process))
    gauge.set(0)
    return gauge
  }

  /// Durations in seconds, in buckets from half a millisecond to ten seconds.
  package func durations(
    _ name: String, help: String, labels: KeyValuePairs<String, String> = [:]
  ) -> Durations {
    let count = Durations.bucketNanoseconds.count + 2
    let first = register(name, help, .durations, labels, cells: count)
    return Durations(cells: (0..<count).map { cells.cell(first + $0, of: process) })
  }

  private func register(
    _ name: String, _ help: String, _ kind: Kind, _ labels: KeyValuePairs<String, String>,
    cells count: Int
  ) -> Int {
    families.withLock { families in
      let first = families.reduce(0) { $0 + $1.cellCount }
      // Our own mistake, met at start: metrics are registered by code, never by requests.
      precondition(first + count <= Self.cellsPerProcess, "raise Metrics.cellsPerProcess")
      let index = families.firstIndex { $0.name == name }
      let series = Series(labels: Self.rendered(labels), firstCell: first, cellCount: count)
      if let index {
        families[index].series.append(series)
      } else {
        families.append(Family(name: name, help: help, kind: kind, series: [series]))
      }
      return first
    }
  }

  private static func rendered(_ labels: KeyValuePairs<String, String>) -> String {
    labels.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
  }

  /// The text format that Prometheus reads, version 0.0.4.
  package func render() -> String {
    families.withLock { families in
      families.map { family in
        let head =
          "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        return head + family.series.map { lines(of: $0, in: family) }.joined()
      }.joined()
    }
  }

  private func lines(of series: Series, in family: Family) -> String {
    guard family.kind == .durations else {
      let total = cells.total(series.firstCell)
      let value = family.kind == .gauge ? String(Int64(bitPattern: total)) : String(total)
      return "\(family.name)\(series.labels.isEmpty ? "" : "{\(series.labels)}") \(value)\n"
    }
    let comma = series.labels.isEmpty ? "" : ","
    var text = ""
    var count: UInt64 = 0
    for (offset, bound) in Durations.bucketNanoseconds.enumerated() {
      count += cells.total(series.firstCell + offset)
      let seconds = Double(bound) / 1_000_000_000
      text += "\(family.name)_bucket{\(series.labels)\(comma)le=\"\(seconds)\"} \(count)\n"
    }
    let beyond = series.firstCell + Durations.bucketNanoseconds.count
    count += cells.total(beyond)
    let seconds = Double(cells.total(beyond + 1)) / 1_000_000_000
    let labels = series.labels.isEmpty ? "" : "{\(series.labels)}"
    text += "\(family.name)_bucket{\(series.labels)\(comma)le=\"+Inf\"} \(count)\n"
    text += "\(family.name)_sum\(labels) \(seconds)\n\(family.name)_count\(labels) \(count)\n"
    return text
  }

  private enum Kind: String {
    case counter, gauge
    case durations = "histogram"
  }
  private struct Series {
    let labels: String
    let firstCell: Int
    let cellCount: Int
  }
  private struct Family {
    let name: String
    let help: String
    let kind: Kind
    var series: [Series]
    var cellCount: Int { series.reduce(0) { $0 + $1.cellCount } }
  }
}

/// The rows of cells. Atomic, so that threads and processes write without locks.
private struct Cells: @unchecked Sendable {
  let memory: SharedMemory
  let processes: Int

  func cell(_ index: Int, of process: Int) -> MetricCell {
    let offset = (process * Metrics.cellsPerProcess + index) * MemoryLayout<UInt64>.stride
    let address = memory.bytes.baseAddress! + offset
    return MetricCell(memory: memory, value: address.assumingMemoryBound(to: Atomic<UInt64>.self))
  }

  func total(_ index: Int) -> UInt64 {
    (0..<processes).reduce(0) { $0 &+ cell(index, of: $1).value.pointee.load(ordering: .relaxed) }
  }
}

/// One number in shared memory, which it keeps mapped.
struct MetricCell: @unchecked Sendable {
  let memory: SharedMemory
  let value: UnsafeMutablePointer<Atomic<UInt64>>

  func add(_ amount: UInt64) { value.pointee.wrappingAdd(amount, ordering: .relaxed) }
}

package struct Counter: Sendable {
  let cell: MetricCell
  package func increment(by amount: Int = 1) { cell.add(UInt64(clamping: amount)) }
}

package struct Gauge: Sendable {
  let cell: MetricCell
  package func set(_ value: Int) {
    cell.value.pointee.store(UInt64(bitPattern: Int64(value)), ordering: .relaxed)
  }
  package func add(_ amount: Int) { cell.add(UInt64(bitPattern: Int64(amount))) }
}

package struct Durations: Sendable {
  static let bucketNanoseconds: [UInt64] = [
    500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
    250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000,
  ]
  let cells: [MetricCell]

  package func record(nanoseconds: UInt64) {
    let bounds = Self.bucketNanoseconds
    let index = bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
    cells[index].add(1)
    cells[bounds.count + 1].add(nanoseconds)
  }
}
