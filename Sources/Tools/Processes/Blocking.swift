import Dispatch
import Synchronization

/// Runs async work to its end while this thread waits. For a program's first thread only: a thread
/// of the concurrency runtime that waited so could wait for itself.
package func blocking<Value: Sendable>(
  _ work: @escaping @Sendable () async throws -> Value
) throws -> Value {
  let outcome = Outcome<Value>()
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    do { outcome.set(.success(try await work())) } catch { outcome.set(.failure(error)) }
    done.signal()
  }
  done.wait()
  return try outcome.get()
}

private final class Outcome<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)

  func set(_ new: Result<Value, any Error>) { result.withLock { $0 = new } }

  func get() throws -> Value {
    guard let result = result.withLock({ $0 }) else { preconditionFailure("asked before its end") }
    return try result.get()
  }
}
