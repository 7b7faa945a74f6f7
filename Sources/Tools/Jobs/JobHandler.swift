package import FoundationEssentials
package import PostgreSQL
import Synchronization

/// What is done for the jobs of one name.
package struct JobHandler: Sendable {
  package let name: String
  let timeLimit: Duration
  let atOncePerShop: Int
  let attempts: Int
  let perform: @Sendable (RunningJob, JSONText) async throws -> Void

  /// - Parameter handle: Called at least once for each job. What must happen exactly once is a row of
  ///   the transaction in which it calls `RunningJob.finish(in:)`, or carries a key of its own.
  package init<Payload>(
    _ job: Job<Payload>, handle: @escaping @Sendable (Payload, RunningJob) async throws -> Void
  ) {
    name = job.name
    timeLimit = job.timeLimit
    atOncePerShop = job.atOncePerShop
    attempts = job.attempts
    perform = { running, payload in
      try await handle(try PayloadCoder.value(of: payload), running)
    }
  }
}

/// A job that this process has leased.
package final class RunningJob: Sendable {
  /// `Platform.id` for none.
  package let shop: UUID
  package let id: Int
  package let name: String
  /// From 1.
  package let attempt: Int
  /// Business time at its start.
  package let startedAt: Date
  let token: UUID
  private let finishing = Atomic(false)

  init(_ claimed: ClaimedJob, startedAt: Date) {
    shop = claimed.shop
    id = claimed.id
    name = claimed.name
    attempt = claimed.attempt
    token = claimed.token
    self.startedAt = startedAt
  }

  /// Ends the job in the transaction of its effect: both happen, once, or neither. The transaction's
  /// scope must be the job's shop.
  /// - Throws: `JobError.leaseLost` when somebody else may have the job by now.
  package nonisolated(nonsending) func finish(in transaction: Transaction) async throws {
    do throws(PostgreSQLError) {
      _ = try await transaction.run(finish())
    } catch {
      throw JobError.translated(error)
    }
  }

  /// The same as a statement, to travel with the effect in one round trip. It fails, and the effect
  /// with it, when the lease is lost.
  package func finish() -> Command {
    finishing.store(true, ordering: .releasing)
    return Command("SELECT app.finish_job(\(shop), \(id), \(token))")
  }

  /// True once a transaction of the handler was asked to end the job.
  var finishesItself: Bool { finishing.load(ordering: .acquiring) }
}
