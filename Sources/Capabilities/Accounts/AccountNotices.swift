import FoundationEssentials
import HTML
import Notices

/// What each mail about an account says.
struct AccountNotices {
  let mail: AccountMail
  let name: String
  let brand: String
  let zone: TimeZone
  let baseURL: String
  /// The path of the link that the mail is about.
  let linkPath: String

  func notice() -> Notice {
    switch mail.kind {
    case .welcome: welcome
    case .verifyEmail: verifyEmail
    case .resetPassword: resetPassword
    case .newDevice: newDevice
    case .passwordChanged: passwordChanged
    case .leaveEmail: leaveEmail
    case .takeEmail: takeEmail
    case .emailChanged: emailChanged
    case .secondFactorOn: secondFactorOn
    case .secondFactorOff: secondFactorOff
    }
  }

  private func button(_ label: Text, path: String) -> Notice.Button {
    Notice.Button(label: label, address: baseURL + path)
  }

  // MARK: With a link

  private var welcome: Notice {
    Notice(
      subject: "Welcome to \(brand)", heading: name.isEmpty ? "Welcome" : "Welcome, \(name)",
      paragraphs: [
        "Your account is open. One step is left: verify that this address is yours.",
        AccountLink.Purpose.verifyEmail.lifeInWords,
      ],
      button: button("Verify this address", path: linkPath),
      footnote: "If you did not open this account, do nothing. The address stays unverified.")
  }

  private var verifyEmail: Notice {
    Notice(
      subject: "Verify your e-mail address", heading: "Verify your e-mail address",
      paragraphs: [
        "Open the link to verify that this address is yours.",
        AccountLink.Purpose.verifyEmail.lifeInWords,
      ],
      button: button("Verify this address", path: linkPath),
      footnote: "If you did not open this account, do nothing. The address stays unverified.")
  }

  private var resetPassword: Notice {
    Notice(
      subject: "Reset your password", heading: "Choose a new password",
      paragraphs: [
        "Somebody asked for a link to reset the password of your account.",
        AccountLink.Purpose.resetPassword.lifeInWords,
      ],
      button: button("Choose a new password", path: linkPath),
      footnote: "If it was not you, do nothing. Your password stays as it is.")
  }

  private var leaveEmail: Notice {
    Notice(
      subject: "Confirm the change of your e-mail address",
      heading: "Your account is to leave this address",
      paragraphs: [
        "Somebody asked to move your account from this address to another one.",
        "It moves when both addresses have agreed.",
        AccountLink.Purpose.leaveEmail.lifeInWords,
      ],
      button: button("Agree to the change", path: linkPath),
      footnote: "If it was not you, do not agree, and change your password.")
  }

  private var takeEmail: Notice {
    Notice(
      subject: "Confirm your new e-mail address", heading: "Confirm your new e-mail address",
      paragraphs: [
        "Somebody asked to move an account of \(brand) to this address.",
        "It moves when both addresses have agreed.",
        AccountLink.Purpose.takeEmail.lifeInWords,
      ],
      button: button("Use this address", path: linkPath),
      footnote: "If it was not you, do nothing. Without your consent nothing changes.")
  }

  // MARK: What happened

  private var newDevice: Notice {
    Notice(
      subject: "A new device has signed in to your account",
      heading: "A new device has signed in to your account",
      paragraphs: [
        "Device: \(DeviceWords.of(mail.device ?? ""))", "Time: \(minute: mail.at, in: zone)",
        "If it was you, there is nothing to do. If not, end that session and change your password.",
      ],
      button: button("Look at your sessions", path: "/account/sessions"))
  }

  private var passwordChanged: Notice {
    Notice(
      subject: "Your password was changed", heading: "Your password was changed",
      paragraphs: ["Time: \(minute: mail.at, in: zone)", "Every other session was signed out."],
      button: button("Reset the password", path: "/reset"),
      footnote: "If it was not you, reset the password at once.")
  }

  private var emailChanged: Notice {
    Notice(
      subject: "Your e-mail address was changed", heading: "Your e-mail address was changed",
      paragraphs: [
        "Time: \(minute: mail.at, in: zone)",
        "Your account has another address now, and its mails no longer come here.",
      ],
      footnote: "If it was not you, tell the people who run this site at once.")
  }

  private var secondFactorOn: Notice {
    Notice(
      subject: "Your second factor was switched on", heading: "Your second factor was switched on",
      paragraphs: [
        "Time: \(minute: mail.at, in: zone)",
        "From now on, signing in asks for a code of your authenticator too.",
      ],
      button: button("Look at your sessions", path: "/account/sessions"),
      footnote: "If it was not you, reset the password at once.")
  }

  private var secondFactorOff: Notice {
    Notice(
      subject: "Your second factor was switched off",
      heading: "Your second factor was switched off",
      paragraphs: [
        "Time: \(minute: mail.at, in: zone)",
        "From now on, signing in asks for the password alone.",
      ],
      button: button("Look at your sessions", path: "/account/sessions"),
      footnote: "If it was not you, reset the password at once.")
  }
}
