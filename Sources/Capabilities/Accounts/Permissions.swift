package import Access
import FoundationEssentials
import HTTPServer
package import Scope

extension Accounts {
  /// Whoever is signed in.
  package var signedIn: Permission<AccountSession> {
    Permission("account", .account) { [self] request, face in
      guard let session = try await session(of: request, on: face) else {
        throw Denial.signInNeeded
      }
      return session
    }
  }

  /// Whoever is signed in, and has accepted the terms that are in force. Settings ask for less: who does
  /// not accept can still take their data and leave.
  package var agreed: Permission<AccountSession> {
    Permission("account_agreed", .account) { [self] request, face in
      let session = try await signedIn.granted(to: request, on: face)
      guard session.termsVersion == Terms.version else { throw Denial.termsChanged }
      return session
    }
  }

  /// Whoever is signed in, and gave a password of late: for money and security.
  package var confirmed: Permission<AccountSession> {
    Permission("account_confirmed", .account) { [self] request, face in
      let session = try await signedIn.granted(to: request, on: face)
      guard isConfirmed(session) else { throw Denial.confirmationNeeded }
      return session
    }
  }

  package func isConfirmed(_ session: AccountSession) -> Bool {
    now.timeIntervalSince(session.confirmedAt) <= SessionLife.confirmation
  }

  /// The platform's people, with their second factor on.
  package var platformOperator: Permission<AccountSession> {
    Permission("operator", .operator) { [self] request, face in
      let session = try await signedIn.granted(to: request, on: face)
      guard session.isOperator else { throw Denial.notAllowed }
      guard session.hasSecondFactor else { throw Denial.secondFactorRequired }
      return session
    }
  }

  /// Anybody, and who they are where they are signed in.
  package var anybodySeen: Permission<AccountSession?> {
    Permission("anybody", .anybody) { [self] request, face in
      try await session(of: request, on: face)
    }
  }
}
