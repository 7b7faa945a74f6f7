import Testing

@testable import HTML

@Suite struct `Remembering what is slow to make` {
  @Test func `makes a value once`() {
    let memo = Memo<Int, String>(limit: 2)
    #expect(memo.value(for: 1) { "one" } == "one")
    #expect(memo.value(for: 1) { "another" } == "one")
  }

  @Test func `keeps no more than its limit`() {
    let memo = Memo<Int, String>(limit: 2)
    for number in 1...3 { _ = memo.value(for: number) { "first" } }
    #expect(memo.value(for: 3) { "second" } == "first")
    #expect(memo.value(for: 1) { "second" } == "second")
  }

  @Test func `answers many at once, each with its own value`() async {
    let memo = Memo<Int, Int>(limit: 16)
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<64 {
        group.addTask {
          (0..<200).allSatisfy { round in
            let key = (task + round) % 32
            return memo.value(for: key) { key * 2 } == key * 2
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
