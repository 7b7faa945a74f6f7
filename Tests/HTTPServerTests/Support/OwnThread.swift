import Foundation

/// Runs what blocks on a thread of its own: the pool that runs the tests runs the server's handlers
/// too, and a test that held its threads would wait for itself.
func onOwnThread<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}
