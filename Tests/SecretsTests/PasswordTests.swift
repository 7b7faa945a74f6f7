import Testing

@testable import Secrets

@Suite struct `A password's hash` {
  /// As cheap as the library allows, where the cost is not what is tested.
  private static let cheap = PasswordCost(memoryBytes: 8 << 10, passes: 1)

  /// Made with the reference implementation (argon2-cffi). The vectors of RFC 9106 itself take a secret
  /// and associated data, which PHC's form has no place for.
  @Test(arguments: [
    (
      "password",
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
    ),
    (
      "correct horse",
      """
      $argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
      rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk
      """
    ),
  ])
  func `is Argon2id`(password: String, text: String) throws {
    let hash = try #require(PasswordHash(text))
    #expect(Argon2id.isRight(password, for: hash))
    #expect(!Argon2id.isRight(password + " ", for: hash))
    #expect(!Argon2id.isRight("", for: hash))
  }

  @Test func `carries its cost and a salt of its own`() async throws {
    let hasher = PasswordHasher()
    let hashes = [try await hasher.hash("correct horse"), try await hasher.hash("correct horse")]
    #expect(hashes[0] != hashes[1])
    for hash in hashes {
      #expect(hash.text.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
      #expect(PasswordHash(hash.text) == hash)
      #expect(try await hasher.verify("correct horse", against: hash) == .right)
      #expect(try await hasher.verify("correct house", against: hash) == .wrong)
    }
  }

  @Test func `is outdated when the cost has changed since`() async throws {
    let hash = try await PasswordHasher(cost: Self.cheap).hash("correct horse")
    let hasher = PasswordHasher()
    #expect(try await hasher.verify("correct horse", against: hash) == .rightButOutdated)
    #expect(try await hasher.verify("correct house", against: hash) == .wrong)
  }

  @Test(arguments: [
    "", "$argon2i$v=19$m=16,t=2,p=1$c29tZXNhbHQ$x", "$2b$12$abc", "plain",
    "$argon2id$" + String(repeating: "x", count: 200), "$argon2id$\u{0}",
  ])
  func `is refused in another form`(text: String) { #expect(PasswordHash(text) == nil) }

  @Test(arguments: [
    "$argon2id$", "$argon2id$v=19$m=0,t=0,p=0$$", "$argon2id$v=19$m=16,t=2,p=1$c29$x",
  ])
  func `is wrong for every password when it is damaged`(text: String) async throws {
    let hash = try #require(PasswordHash(text))
    let hasher = PasswordHasher(cost: Self.cheap)
    #expect(try await hasher.verify("", against: hash) == .wrong)
  }

  @Test func `is worked for, and never right, where there is no account`() async throws {
    let hasher = PasswordHasher(cost: Self.cheap)
    #expect(try await hasher.verify("", against: nil) == .wrong)
  }

  @Test func `is not made of a password without end`() async throws {
    let hasher = PasswordHasher(cost: Self.cheap)
    let longest = String(repeating: "é", count: 512)
    let hash = try await hasher.hash(longest)
    #expect(try await hasher.verify(longest, against: hash) == .right)
    await #expect(throws: PasswordHasher.Failure.tooLong) { try await hasher.hash(longest + "x") }
    #expect(try await hasher.verify(longest + "x", against: hash) == .wrong)
    #expect(try await hasher.verify("", against: hasher.hash("")) == .right)
  }

  @Test func `is made in turn, by many at once`() async throws {
    let hasher = PasswordHasher(cost: Self.cheap, threads: 2, waiting: 100)
    try await withThrowingTaskGroup { group in
      for number in 1...100 {
        group.addTask {
          let hash = try await hasher.hash("password \(number)")
          #expect(try await hasher.verify("password \(number)", against: hash) == .right)
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `is refused at once when too many wait`() async throws {
    // Without a thread nothing leaves the queue.
    let hasher = PasswordHasher(cost: Self.cheap, threads: 0, waiting: 0)
    await #expect(throws: PasswordHasher.Failure.overloaded(retryAfterSeconds: 2)) {
      try await hasher.hash("correct horse")
    }
  }

  @Test func `is not made for who has gone`() async throws {
    let hasher = PasswordHasher(cost: Self.cheap)
    let task = Task {
      // Waits here until it is cancelled, so that it asks as somebody who has gone.
      while !Task.isCancelled { await Task.yield() }
      return try await hasher.hash("correct horse")
    }
    task.cancel()
    await #expect(throws: PasswordHasher.Failure.cancelled) { try await task.value }
  }
}
