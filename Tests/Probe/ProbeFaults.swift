import FoundationEssentials
import Glibc
import Processes
import Synchronization

/// What `MARTLET_FAULT` says: `name` or `name:N` kills the process the N-th time that it reaches that
/// fault point; a number is a seed, by which about one in fifty reached points kills it.
final class ProbeFaults: Sendable {
  private enum Plan {
    case never
    case at(name: String, count: Int)
    case seeded(UInt64)
  }

  private let plan: Plan
  private let reached = Atomic(0)

  init(_ text: String?) {
    plan =
      switch text?.split(separator: ":") {
      case nil: .never
      case let parts? where parts.count == 2: .at(name: String(parts[0]), count: Int(parts[1]) ?? 1)
      case let parts?: UInt64(parts[0]).map { .seeded($0) } ?? .at(name: String(parts[0]), count: 1)
      }
  }

  var points: FaultPoints { FaultPoints { [self] name in reach("\(name)") } }

  private func reach(_ name: String) {
    switch plan {
    case .never: return
    case .at(let wanted, let count):
      guard wanted == name, reached.add(1, ordering: .relaxed).newValue == count else { return }
    case .seeded(let seed):
      let turn = UInt64(reached.add(1, ordering: .relaxed).newValue)
      guard Self.mixed(seed &+ turn) % 50 == 0 else { return }
    }
    // As a power cut would: nothing is cleaned up, and nobody is told.
    kill(getpid(), SIGKILL)
  }

  /// Source: the last step of SplitMix64, Steele, Lea and Flood, 2014.
  private static func mixed(_ number: UInt64) -> UInt64 {
    var mixed = number &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
