import HTML
import HTTPServer
import Secrets
import Testing

@testable import Web

@Suite struct `A failure` {
  @Test func `of too many passwords at once says when to come again`() {
    let error = Failures.httpError(
      for: PasswordHasher.Failure.overloaded(retryAfterSeconds: 2), in: .current)
    #expect(error.status == 503)
    #expect(error.code == "sign_in_busy")
    #expect(error.headers["Retry-After"] == "2")
  }

  @Test func `to hash a password is ours, and says nothing`() {
    #expect(
      Failures.httpError(for: PasswordHasher.Failure.failed, in: .current) == .internalFailure)
  }
}
