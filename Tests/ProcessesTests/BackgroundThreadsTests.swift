import Glibc
import Synchronization
import Testing

@testable import Processes

@Suite struct `Background threads` {
  @Test func `do the work of many in turn`() async throws {
    let threads = BackgroundThreads(name: "test", count: 2, waiting: 100)
    let squares = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...100 { group.addTask { try await threads.run { number * number } } }
      return try await group.reduce(0, +)
    }
    #expect(squares == 338_350)
  }

  @Test func `yield to all others`() async throws {
    let threads = BackgroundThreads(name: "test", count: 1, waiting: 1)
    let niceness = try await threads.run {
      getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    }
    #expect(niceness >= 10)
  }

  @Test func `refuse at once when too many wait`() async throws {
    // Without a thread nothing leaves the queue.
    let threads = BackgroundThreads(name: "test", count: 0, waiting: 0)
    await #expect(throws: BackgroundThreads.Failure.overloaded) { try await threads.run {} }
  }

  @Test func `do nothing for who has gone`() async throws {
    let threads = BackgroundThreads(name: "test", count: 1, waiting: 1)
    let isDone = Atomic(false)
    let task = Task {
      // Waits here until it is cancelled, so that it asks as somebody who has gone.
      while !Task.isCancelled { await Task.yield() }
      try await threads.run { isDone.store(true, ordering: .relaxed) }
    }
    task.cancel()
    await #expect(throws: BackgroundThreads.Failure.cancelled) { try await task.value }
    let wasDone = isDone.load(ordering: .relaxed)
    #expect(!wasDone)
  }
}

@Suite struct `The queue of background threads` {
  @Test func `takes as many as may wait, in turn`() {
    let queue = BackgroundQueue(limit: 2)
    let done = Mutex<[Int]>([])
    let added = (1...3).map { number in
      queue.add { done.withLock { $0.append(number) } }
    }
    #expect(added == [true, true, false])
    queue.close(threads: 1)
    while let work = queue.next() { work() }
    #expect(done.withLock(\.self) == [1, 2])
  }
}
