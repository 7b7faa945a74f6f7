import Synchronization

/// Collects what the server tells, for a test to wait for.
final class Recorder<Element: Sendable>: Sendable {
  private let state = Mutex(State())

  private struct State {
    var elements: [Element] = []
    var waiting: [(count: Int, continuation: CheckedContinuation<[Element], Never>)] = []
  }

  func record(_ element: Element) {
    let ready = state.withLock { state in
      state.elements.append(element)
      let count = state.elements.count
      let ready = state.waiting.filter { $0.count <= count }
      state.waiting.removeAll { $0.count <= count }
      return ready.map { ($0.continuation, state.elements) }
    }
    for (continuation, elements) in ready { continuation.resume(returning: elements) }
  }

  var elements: [Element] { state.withLock { $0.elements } }

  /// Waits until that many were recorded.
  func first(_ count: Int) async -> [Element] {
    await withCheckedContinuation { continuation in
      let elements = state.withLock { state -> [Element]? in
        if state.elements.count >= count { return state.elements }
        state.waiting.append((count, continuation))
        return nil
      }
      if let elements { continuation.resume(returning: elements) }
    }
  }
}
