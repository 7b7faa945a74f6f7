package import FoundationEssentials
package import PostgreSQL

/// Nightly work that removes what is over, some rows at a time, so that no lock is held for long.
package struct Purge: Sendable {
  private let job: Job<ScheduledRun>
  private let cron: String
  private let delete: @Sendable (Date, Int) -> Command
  private static let atOnce = 1_000

  /// - Parameters:
  ///   - cron: In UTC, in the small hours of most shops.
  ///   - delete: Removes up to so many rows that were over at a time, as `martlet_worker`.
  package init(
    _ name: String, at cron: String, delete: @escaping @Sendable (Date, Int) -> Command
  ) {
    job = Job(name)
    self.cron = cron
    self.delete = delete
  }

  /// A night that was missed is made up for by the next run.
  package func schedule() throws(CronExpression.Refused) -> JobSchedule {
    JobSchedule(job, try CronExpression(cron), in: .gmt, catchUp: .once)
  }

  /// - Parameter queue: Logs in as `martlet_worker`.
  package func handler(queue: Pool) -> JobHandler {
    JobHandler(job) { [delete] run, _ in
      let command = delete(run.scheduledAt, Self.atOnce)
      while try await queue.run(command, as: .login) == Self.atOnce {
        try Task.checkCancellation()
      }
    }
  }
}
