import CCurl
import Glibc
import Processes
import Synchronization

/// Names one transfer, for its cancellation.
final class TransferTicket: Sendable {
  fileprivate let isCancelled = Atomic<Bool>(false)
}

/// The thread that drives libcurl. Others only put orders into its inbox and wake it.
final class TransferLoop: Sendable {
  private enum Order: Sendable {
    case add(TransferPlan, TransferTicket, CheckedContinuation<TransferResult, Never>)
    case cancel(TransferTicket)
  }
  private struct Inbox {
    var orders: [Order] = []
    var isStopping = false
    /// From then on nobody may touch libcurl's handle.
    var hasEnded = false
  }
  private let inbox = Mutex(Inbox())
  private let multi: MultiHandle

  init(maximumConnections: Int) { multi = MultiHandle(maximumConnections: maximumConnections) }

  func start() { DetachedThread.start(name: "transfers") { self.run() } }

  func add(
    _ plan: TransferPlan, ticket: TransferTicket,
    answer: CheckedContinuation<TransferResult, Never>
  ) {
    tell { $0.orders.append(.add(plan, ticket, answer)) }
  }

  func cancel(_ ticket: TransferTicket) {
    // The flag is for a transfer that is cancelled before it was added.
    ticket.isCancelled.store(true, ordering: .releasing)
    tell { $0.orders.append(.cancel(ticket)) }
  }

  func stop() { tell { $0.isStopping = true } }

  private func tell(_ change: (inout Inbox) -> Void) {
    inbox.withLock { inbox in
      guard !inbox.hasEnded else { return }
      change(&inbox)
      multi.wake()
    }
  }

  private func run() {
    // OpenSSL writes to sockets whose peer has gone; the error says it, the signal would kill us.
    _ = Signals.block(SIGPIPE)
    var active: [ObjectIdentifier: ActiveTransfer] = [:]
    while let orders = takeOrders() {
      for order in orders { carryOut(order, &active) }
      for (transfer, code) in multi.perform() {
        active[ObjectIdentifier(transfer.ticket)] = nil
        multi.remove(transfer)
        transfer.finish(code)
      }
      multi.waitForEvents()
    }
    for transfer in active.values {
      multi.remove(transfer)
      transfer.cancel()
    }
    multi.close()
  }

  /// - Returns: Nil when it is time to end; what was ordered until then is carried out first.
  private func takeOrders() -> [Order]? {
    inbox.withLock { inbox in
      defer { inbox.orders.removeAll() }
      guard inbox.orders.isEmpty, inbox.isStopping else { return inbox.orders }
      inbox.hasEnded = true
      return nil
    }
  }

  private func carryOut(_ order: Order, _ active: inout [ObjectIdentifier: ActiveTransfer]) {
    switch order {
    case .add(let plan, let ticket, let continuation):
      let transfer = ActiveTransfer(plan, ticket: ticket) { continuation.resume(returning: $0) }
      guard !ticket.isCancelled.load(ordering: .acquiring) else { return transfer.cancel() }
      guard transfer.prepare(), multi.add(transfer) else { return transfer.refuse() }
      active[ObjectIdentifier(ticket)] = transfer
    case .cancel(let ticket):
      guard let transfer = active.removeValue(forKey: ObjectIdentifier(ticket)) else { return }
      multi.remove(transfer)
      transfer.cancel()
    }
  }
}

/// libcurl's bundle of transfers. All but `wake` is for the loop's thread alone.
private struct MultiHandle: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer

  private static let library: Void = {
    curl_global_init(Int(CURL_GLOBAL_SSL))
  }()

  init(maximumConnections: Int) {
    _ = Self.library
    guard let handle = curl_multi_init() else { preconditionFailure("curl_multi_init: no memory") }
    self.handle = handle
    martlet_curl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, maximumConnections)
  }

  func wake() { curl_multi_wakeup(handle) }

  func waitForEvents() { curl_multi_poll(handle, nil, 0, 1_000, nil) }

  func add(_ transfer: ActiveTransfer) -> Bool {
    curl_multi_add_handle(handle, transfer.easy) == CURLM_OK
  }

  func remove(_ transfer: ActiveTransfer) { curl_multi_remove_handle(handle, transfer.easy) }

  /// - Returns: The transfers that ended, each with libcurl's verdict.
  func perform() -> [(ActiveTransfer, CURLcode)] {
    var running: Int32 = 0
    curl_multi_perform(handle, &running)
    var ended: [(ActiveTransfer, CURLcode)] = []
    var left: Int32 = 0
    while let message = curl_multi_info_read(handle, &left)?.pointee {
      guard message.msg == CURLMSG_DONE, let easy = message.easy_handle,
        let context = martlet_curl_get_context(easy)
      else { continue }
      ended.append((ActiveTransfer.from(context), message.data.result))
    }
    return ended
  }

  func close() { curl_multi_cleanup(handle) }
}
