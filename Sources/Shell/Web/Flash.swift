package import HTML
package import HTTPServer

/// One sentence that a form leaves for the next page: its name in a cookie that the browser drops with
/// that page. A name and never words, since whoever can set a cookie could speak in our voice.
package struct Flash: Sendable {
  private static let cookie = "flash"
  /// A page that is not reached within a minute was left.
  private static let keptSeconds = 60

  let name: StaticString
  let words: Text

  package init(_ name: StaticString, _ words: Text) {
    self.name = name
    self.words = words
  }

  /// Every sentence that a page may be opened with; each name once.
  package static let all: [Flash] = [
    .signedOut, .emailVerified, .verificationSent, .passwordChanged, .profileSaved, .sessionEnded,
    .sessionsEnded, .secondFactorOn, .secondFactorOff, .emailChangeAsked, .emailChangeHalf,
    .emailChanged, .erased, .shopOpened, .settingsSaved, .pictureSaved, .pictureGone, .resetAsked,
    .termsAccepted, .stepTaken, .appealSent, .shopClosed, .policyPublished, .invited,
    .invitationWithdrawn, .invitationAccepted, .roleChanged, .roleRemoved, .shopLeft,
    .transferAsked,
    .transferAccepted, .transferCancelled,
  ]

  /// Said aloud by screen readers too, as the page opens.
  static func html(in frame: Frame) -> HTML? {
    frame.flash.map { #"<div class="flash" role="status">\#(Notice.html($0, .good))</div>"# }
  }

  static func notice(in request: Request) -> Text? {
    guard let name = request.cookie(cookie) else { return nil }
    return all.first { "\($0.name)" == name }?.words
  }

  fileprivate func cookie(of site: Site) -> SetCookie? {
    var cookie = SetCookie(Self.cookie, "\(name)")
    cookie?.maximumAge = .seconds(Self.keptSeconds)
    cookie?.isSecure = site.isSecure
    return cookie
  }

  fileprivate static func removal(of site: Site) -> SetCookie? {
    var cookie = SetCookie.removal(of: cookie)
    cookie?.isSecure = site.isSecure
    return cookie
  }
}

extension Flash {
  package static let signedOut = Flash("signed_out", "You are signed out.")
  package static let emailVerified = Flash("email_verified", "Your e-mail address is verified.")
  package static let verificationSent = Flash(
    "verification_sent", "We have sent you a link. Open it to verify your address.")
  package static let passwordChanged = Flash(
    "password_changed", "Your password is changed, and every other session is signed out.")
  package static let profileSaved = Flash("profile_saved", "Your profile is saved.")
  package static let sessionEnded = Flash("session_ended", "That session is signed out.")
  package static let sessionsEnded = Flash("sessions_ended", "Every other session is signed out.")
  package static let secondFactorOn = Flash("second_factor_on", "Your second factor is on.")
  package static let secondFactorOff = Flash("second_factor_off", "Your second factor is off.")
  package static let emailChangeAsked = Flash(
    "email_change_asked", "Open each link that we have sent, and the address is changed.")
  package static let emailChangeHalf = Flash(
    "email_change_half", "That address has confirmed. Now open the link at the other one.")
  package static let emailChanged = Flash("email_changed", "Your e-mail address is changed.")
  package static let shopOpened = Flash("shop_opened", "Your shop is open, for trying out.")
  package static let settingsSaved = Flash("settings_saved", "The settings are saved.")
  package static let pictureSaved = Flash("picture_saved", "The picture is in your shop.")
  package static let pictureGone = Flash("picture_gone", "The picture is gone.")
  package static let erased = Flash("erased", "Your account is erased.")
  /// The same whether or not the address is somebody's.
  package static let resetAsked = Flash(
    "reset_asked",
    "If there is an account with this address, a link that works for half an hour is on its way to it."
  )
  package static let stepTaken = Flash("step_taken", "Done. Whoever runs the shop sees it.")
  package static let appealSent = Flash(
    "appeal_sent", "Your appeal is with us. The answer will be shown here.")
  package static let shopClosed = Flash("shop_closed", "Your shop is closed.")
  package static let policyPublished = Flash("policy_published", "The text is published.")
  /// The same whether or not the address is somebody's.
  package static let invited = Flash("invited", "The invitation is on its way.")
  package static let invitationWithdrawn = Flash(
    "invitation_withdrawn", "The invitation is withdrawn.")
  package static let invitationAccepted = Flash(
    "invitation_accepted", "You work in this shop now.")
  package static let roleChanged = Flash("role_changed", "The role is changed.")
  package static let roleRemoved = Flash("role_removed", "They no longer work in this shop.")
  package static let shopLeft = Flash("shop_left", "You no longer work in that shop.")
  package static let transferAsked = Flash(
    "transfer_asked", "We have asked them whether they accept the shop.")
  package static let transferAccepted = Flash(
    "transfer_accepted", "You have accepted. The shop is yours in three days.")
  package static let transferCancelled = Flash(
    "transfer_cancelled", "The shop keeps its owner.")
  package static let termsAccepted = Flash("terms_accepted", "You have accepted the terms.")
}

extension Response {
  /// To another page, which shows the sentence once.
  package static func redirect(
    to location: String, saying flash: Flash, of site: Site
  ) -> Response {
    var response = Response.redirect(to: location)
    if let cookie = flash.cookie(of: site) { response.set(cookie) }
    return response
  }

  /// The sentence has been shown.
  func withoutFlash(of site: Site) -> Response {
    var response = self
    if let cookie = Flash.removal(of: site) { response.set(cookie) }
    return response
  }
}
