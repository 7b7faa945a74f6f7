package import FoundationEssentials
import Jobs
import PostgreSQL
import Scope

/// A mail about an account, as the queue holds it: what is to be said to whom. Links are made when it is
/// sent, so that no secret waits in the queue.
package struct AccountMail: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case welcome
    case verifyEmail = "verify_email"
    case resetPassword = "reset_password"
    case newDevice = "new_device"
    case passwordChanged = "password_changed"
    case leaveEmail = "leave_email"
    case takeEmail = "take_email"
    case emailChanged = "email_changed"
    case secondFactorOn = "second_factor_on"
    case secondFactorOff = "second_factor_off"
  }

  package let kind: Kind
  package let account: UUID
  /// Where to, where that is not the account's own address by now.
  package var address: String?
  /// What a browser called itself, in a notice of a new device.
  package var device: String?
  package let at: Date

  /// A mail server may be away for a day: after the twelfth attempt they are an hour apart.
  static let job = Job<AccountMail>("accounts.mail", attempts: 36, timeLimit: .seconds(60))
}

extension Accounts {
  func send(
    _ kind: AccountMail.Kind, to scope: AccountScope, address: String? = nil,
    device: String? = nil
  ) throws(JobError) -> Command {
    try AccountMail.job.enqueue(
      AccountMail(kind: kind, account: scope.id.uuid, address: address, device: device, at: now),
      for: Platform.id, now: now, priority: .urgent)
  }
}
