import PostgreSQL

/// What workers held that are gone or stand still.
enum ExpiredLeases {
  /// Back into the queue, as after a failure: a job that ends its process each time must not do so
  /// for ever.
  static func takeBack(on queue: Pool, _ surroundings: WorkerSurroundings) async throws {
    try await queue.transaction(as: .login) { transaction in
      let lost = try await transaction.all(JobStore.expired)
      guard !lost.isEmpty else { return }
      let failed = lost.map { job, attempt in
        FailedJob(
          job: job, error: "lease expired",
          retryAt: surroundings.retryTime(afterAttempt: attempt), isLast: false)
      }
      _ = try await transaction.run(
        JobStore.dropReplaced(failed.map(\.job)), JobStore.fail(failed))
    }
  }
}
