import CLinux
import Glibc

/// A program started by posix_spawn: no signal blocked or ignored, and no descriptor of ours open but
/// those named. An inherited listening socket would keep its port taken after us.
package struct ChildProcess: Sendable {
  package let id: Int32

  package enum Failed: Error { case spawn(program: String, errno: Int32) }

  /// How a process ended.
  package enum End: Sendable, Equatable, CustomStringConvertible {
    case exit(code: Int32)
    case signal(Int32)

    package var description: String {
      switch self {
      case .exit(let code): "exit \(code)"
      case .signal(let number): "signal \(number)"
      }
    }
  }

  /// - Parameters:
  ///   - descriptors: Which of ours the child has, each under the number of its place, from 0 on.
  ///     Standard input, output and error are the first three.
  ///   - environment: All of it.
  ///   - startsSession: Apart from ours, and in the folder `/`: it may outlive us, no signal of our
  ///     terminal reaches it, and it needs no right to enter the folder that we are in.
  package static func spawn(
    _ program: String, _ arguments: [String], environment: [String: String], descriptors: [Int32],
    startsSession: Bool = false
  ) throws(Failed) -> ChildProcess {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // In two steps, by numbers that neither side uses: one copy must not overwrite another's source.
    let parking = Int32(1_000)
    for (place, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, parking + Int32(place))
    }
    for place in descriptors.indices {
      posix_spawn_file_actions_adddup2(&actions, parking + Int32(place), Int32(place))
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, Int32(descriptors.count))
    if startsSession { posix_spawn_file_actions_addchdir_np(&actions, "/") }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let session = startsSession ? Int16(POSIX_SPAWN_SETSID) : 0
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | session)

    var id: Int32 = 0
    let code = withCStrings([program] + arguments) { words in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
        posix_spawn(&id, program, &actions, &attributes, words, variables)
      }
    }
    guard code == 0 else { throw .spawn(program: program, errno: code) }
    return ChildProcess(id: id)
  }

  /// How it ended, or nil while it runs. Reaps it: ask until there is an answer, and then no more.
  package func end() -> End? {
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return nil }
    // The low seven bits hold the signal, the next byte the exit code; the macros do not import.
    let signal = status & 0x7f
    return signal == 0 ? .exit(code: (status >> 8) & 0xff) : .signal(signal)
  }

  package func signal(_ number: Int32) { kill(id, number) }

  /// The texts as C wants them, ended by NULL, for as long as `body` runs.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
  }
}
