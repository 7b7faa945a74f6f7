import FoundationEssentials
package import Jobs
package import PostgreSQL
import Scope

/// Hands over the shops whose three days are over, every ten minutes.
package enum CompleteTransfers {
  private static let job = Job<ScheduledRun>("shops.complete_transfers")

  private struct Ended: Sendable {
    let shop: ID<Shop>
    let from: ID<Account>
    let to: ID<Account>
    /// False where one of them is no longer what they were.
    let isDone: Bool

    static func query(at now: Date) -> Query<Ended> {
      Query(
        """
        SELECT shop_id, from_account, to_account, is_done FROM app.complete_transfers(\(now))
        """
      ) { row throws(RowError) in
        Ended(
          shop: try row.get("shop_id"), from: try row.get("from_account"),
          to: try row.get("to_account"), isDone: try row.get("is_done"))
      }
    }
  }

  package static func schedule() throws(CronExpression.Refused) -> JobSchedule {
    JobSchedule(job, try CronExpression("*/10 * * * *"), in: .gmt, catchUp: .once)
  }

  /// - Parameter queue: Logs in as `martlet_worker`.
  package static func handler(queue: Pool) -> JobHandler {
    JobHandler(job) { run, _ in try await perform(at: run.scheduledAt, queue: queue) }
  }

  static func perform(at now: Date, queue: Pool) async throws {
    try await queue.transaction(as: .login) { tx in
      for ended in try await tx.all(Ended.query(at: now)) {
        for recipient in [ended.from, ended.to] {
          let mail = ShopMail(
            kind: ended.isDone ? .transferDone : .transferCancelled, shop: ended.shop.uuid,
            recipient: recipient.uuid, other: ended.to.uuid, at: now)
          try await tx.run(try ShopMail.job.enqueue(mail, for: ended.shop.uuid, now: now))
        }
      }
    }
  }
}

/// Nightly: invitations that nobody took.
package enum ShopsHousekeeping {
  package static let purges = [
    Purge("shops.purge_invitations", at: "47 2 * * *") { now, atOnce in
      Command(
        """
        DELETE FROM app.shop_invitations AS invitation USING (
          SELECT shop_id, id FROM app.shop_invitations
           WHERE expires_at <= \(now) LIMIT \(atOnce)) AS old
         WHERE invitation.shop_id = old.shop_id AND invitation.id = old.id
        """)
    }
  ]
}
