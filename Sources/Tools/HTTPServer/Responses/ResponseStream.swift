import Synchronization

/// A body that is sent while it is made. Bytes wait here between the task that makes them and the
/// transport that sends them; when too many wait, the task does.
package final class ResponseStream: Sendable {
  /// Enough to keep a connection busy, little enough to keep for thousands of them.
  private static let maximumWaitingBytes = 64 << 10

  let heartbeat: Duration?
  private let produce: @Sendable (ResponseWriter) async throws -> Void
  private let state = Mutex(State())

  private struct State {
    var waiting: [UInt8] = []
    var end: End?
    /// The transport asked and got nothing; it wants to be woken.
    var isStarved = false
    var writer: CheckedContinuation<Void, any Error>?
    var task: Task<Void, Never>?
    var wake: (@Sendable () -> Void)?
    var lastActivity: ContinuousClock.Instant?
  }

  private enum End { case complete, failed }

  init(
    heartbeat: Duration?, _ produce: @escaping @Sendable (ResponseWriter) async throws -> Void
  ) {
    self.heartbeat = heartbeat
    self.produce = produce
  }

  // MARK: The transport's side

  /// Starts the task that makes the body.
  /// - Parameter wake: Called, from any thread, when bytes have come for a starved transport.
  func start(wake: @escaping @Sendable () -> Void) {
    state.withLock {
      $0.wake = wake
      $0.lastActivity = .now
    }
    let task = Task { [self] in
      do {
        try await produce(ResponseWriter(stream: self))
        finish(.complete)
      } catch {
        finish(.failed)
      }
    }
    state.withLock { $0.task = task }
  }

  enum Chunk: Equatable {
    case bytes(Int)
    /// Nothing now; the transport was parked, and `wake` will be called.
    case later
    case end
    case failure
  }

  /// - Parameter park: Called when there is nothing, before anybody can call `wake`.
  func read(into buffer: UnsafeMutableRawBufferPointer, park: () -> Void) -> Chunk {
    let (chunk, writer) = state.withLock { state in
      let taken = take(into: buffer, from: &state)
      if taken.0 == .later {
        park()
        state.isStarved = true
      }
      return taken
    }
    writer?.resume()
    return chunk
  }

  private func take(
    into buffer: UnsafeMutableRawBufferPointer, from state: inout State
  ) -> (Chunk, CheckedContinuation<Void, any Error>?) {
    guard !state.waiting.isEmpty else {
      switch state.end {
      case .complete: return (.end, nil)
      case .failed: return (.failure, nil)
      case nil: return (.later, nil)
      }
    }
    let count = min(buffer.count, state.waiting.count)
    buffer.copyBytes(from: state.waiting[..<count])
    state.waiting.removeFirst(count)
    state.lastActivity = .now
    guard state.waiting.count < ResponseStream.maximumWaitingBytes else {
      return (.bytes(count), nil)
    }
    defer { state.writer = nil }
    return (.bytes(count), state.writer)
  }

  /// The client left, or the server stops: the task is cancelled and whoever waits is released.
  func close() {
    let (task, writer, wake) = state.withLock { state in
      state.end = state.end ?? .failed
      state.waiting = []
      let wake = awakened(&state)
      defer {
        state.writer = nil
        state.wake = nil
      }
      return (state.task, state.writer, wake)
    }
    wake?()
    task?.cancel()
    writer?.resume(throwing: CancellationError())
  }

  /// Ends a stream of events, which has no end of its own, so that the server can stop. The client
  /// connects again, to whoever serves by then.
  func endEvents() {
    if heartbeat != nil { finish(.complete) }
  }

  /// Puts a comment on the wire when nothing else was for long enough.
  func beat(at now: ContinuousClock.Instant) {
    guard let heartbeat else { return }
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      guard state.end == nil, state.waiting.isEmpty, let last = state.lastActivity,
        now - last >= heartbeat
      else { return nil }
      state.waiting = ServerSentEvent.heartbeat
      return awakened(&state)
    }
    wake?()
  }

  // MARK: The task's side

  fileprivate func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    try Task.checkCancellation()
    let (wake, isFull) = try append(bytes)
    wake?()
    guard isFull else { return }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { park($0) }
    } onCancel: {
      close()
    }
  }

  private func append(_ bytes: [UInt8]) throws -> (wake: (@Sendable () -> Void)?, isFull: Bool) {
    try state.withLock { state in
      guard state.end == nil else { throw CancellationError() }
      state.waiting.append(contentsOf: bytes)
      return (awakened(&state), state.waiting.count >= ResponseStream.maximumWaitingBytes)
    }
  }

  private func park(_ continuation: CheckedContinuation<Void, any Error>) {
    let mayGoOn = state.withLock { state -> Result<Void, any Error>? in
      if state.end != nil { return .failure(CancellationError()) }
      guard state.waiting.count >= ResponseStream.maximumWaitingBytes else { return .success(()) }
      state.writer = continuation
      return nil
    }
    if let mayGoOn { continuation.resume(with: mayGoOn) }
  }

  private func finish(_ end: End) {
    let wake = state.withLock { state in
      state.end = state.end ?? end
      return awakened(&state)
    }
    wake?()
  }

  private func awakened(_ state: inout State) -> (@Sendable () -> Void)? {
    guard state.isStarved else { return nil }
    state.isStarved = false
    return state.wake
  }
}

/// What a streaming handler writes to.
package struct ResponseWriter: Sendable {
  fileprivate let stream: ResponseStream

  /// Waits while the client reads more slowly than we write.
  /// - Throws: `CancellationError` once the client has left.
  package func write(_ bytes: [UInt8]) async throws { try await stream.write(bytes) }

  package func write(_ text: String) async throws { try await write(Array(text.utf8)) }
}
