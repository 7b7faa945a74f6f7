/// Moves bytes by libcurl: many transfers at once on one thread of its own, which also keeps the
/// connections for the next ones. What is under way when the last reference goes is cancelled.
package final class Transfers: Sendable {
  private let loop: TransferLoop

  /// - Parameter maximumConnections: Idle ones that are kept; the oldest goes first.
  package init(maximumConnections: Int = 128) {
    loop = TransferLoop(maximumConnections: maximumConnections)
    loop.start()
  }

  deinit { loop.stop() }

  /// Cancelling the task ends the transfer at once, and with it its connection.
  package func run(_ plan: TransferPlan) async -> TransferResult {
    let ticket = TransferTicket()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { loop.add(plan, ticket: ticket, answer: $0) }
    } onCancel: {
      loop.cancel(ticket)
    }
  }
}
