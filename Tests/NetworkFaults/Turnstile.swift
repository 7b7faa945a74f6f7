import Foundation
import Synchronization

/// A value under a lock, with waiting for what it should become.
final class Turnstile<Value: Sendable>: Sendable {
  private struct Waiting {
    let isMet: @Sendable (Value) -> Bool
    let go: @Sendable () -> Void
  }
  private let state: Mutex<(value: Value, waiting: [Waiting])>

  init(_ value: Value) { state = Mutex((value, [])) }

  @discardableResult
  func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    let (result, met) = state.withLock { state in
      let result = body(&state.value)
      let value = state.value
      let all = state.waiting
      state.waiting = all.filter { !$0.isMet(value) }
      return (result, all.filter { $0.isMet(value) })
    }
    for one in met { one.go() }
    return result
  }

  func wait(until isMet: @escaping @Sendable (Value) -> Bool) async {
    await withCheckedContinuation { continuation in
      whenMet(isMet) { continuation.resume() }
    }
  }

  /// For threads, which may block.
  func waitBlocking(until isMet: @escaping @Sendable (Value) -> Bool) {
    let met = DispatchSemaphore(value: 0)
    whenMet(isMet) { met.signal() }
    met.wait()
  }

  private func whenMet(
    _ isMet: @escaping @Sendable (Value) -> Bool, _ go: @escaping @Sendable () -> Void
  ) {
    let isMetAlready = state.withLock { state in
      if isMet(state.value) { return true }
      state.waiting.append(Waiting(isMet: isMet, go: go))
      return false
    }
    if isMetAlready { go() }
  }
}
