import Access
import FoundationEssentials
import HTML
import Notices

/// What each mail about work in a shop says.
struct ShopNotices {
  let mail: ShopMail
  let shop: ShopRow
  /// The name of whoever it is about, or who invites; may be empty.
  let other: String
  let isRecipientOther: Bool
  let zone: TimeZone
  let baseURL: String
  /// Of an invitation.
  let linkPath: String

  func notice() -> Notice {
    switch mail.kind {
    case .invitation: invitation
    case .invitationAccepted: invitationAccepted
    case .roleGranted: roleGranted
    case .roleChanged: roleChanged
    case .roleRemoved: roleRemoved
    case .transferAsked: transferAsked
    case .transferAccepted: transferAccepted
    case .transferCancelled: transferCancelled
    case .transferDone: transferDone
    }
  }

  private var role: StaffRole { mail.role ?? .support }

  private func button(_ label: Text, path: String) -> Notice.Button {
    Notice.Button(label: label, address: baseURL + path)
  }

  private var toShop: Notice.Button {
    button("Go to the shop", path: ShowShopHome.path(of: shop.slug))
  }

  private var toTeam: Notice.Button {
    button("Look at the team", path: ShowTeam.path(of: shop.slug))
  }

  // MARK: Roles

  private var invitation: Notice {
    Notice(
      subject: "Invitation to work in \(shop.name)",
      heading: "Work in the shop \(shop.name)",
      paragraphs: [
        other.isEmpty
          ? "You are invited to work in this shop." : "\(other) invites you to work in this shop.",
        "Your role: \(role.name)", role.explanation,
        "The link works once, within \(Int(Invitation.life) / 86_400) days.",
      ],
      button: button("Look at the invitation", path: linkPath),
      footnote: "If you do not know this shop, do nothing.")
  }

  private var invitationAccepted: Notice {
    Notice(
      subject: "\(other) works in \(shop.name) now", heading: "Your invitation was accepted",
      paragraphs: ["\(other) works in your shop now, as: \(role.name)"], button: toTeam,
      footnote: "If you did not invite them, remove them from the team.")
  }

  private var roleGranted: Notice {
    Notice(
      subject: "You work in \(shop.name) now", heading: "You work in \(shop.name) now",
      paragraphs: ["Your role: \(role.name)", role.explanation], button: toShop)
  }

  private var roleChanged: Notice {
    Notice(
      subject: "Your role in \(shop.name) has changed",
      heading: "Your role in \(shop.name) has changed",
      paragraphs: ["Your role: \(role.name)", role.explanation], button: toShop,
      footnote: "If this is not right, ask the owner of the shop.")
  }

  private var roleRemoved: Notice {
    Notice(
      subject: "You no longer work in \(shop.name)",
      heading: "You no longer work in \(shop.name)",
      paragraphs: ["Your access to this shop has ended. Your account stays as it is."],
      footnote: "If this is not right, ask the owner of the shop.")
  }

  // MARK: Another owner

  private var transferAsked: Notice {
    Notice(
      subject: "\(shop.name) is to have another owner",
      heading: "\(shop.name) is to have another owner",
      paragraphs: isRecipientOther ? toNewOwner : toOwner, button: toTeam, footnote: cancelNote)
  }

  private var toNewOwner: [Text] {
    [
      "The owner wants to hand this shop over to you.",
      "If you accept, it is yours three days later. Until then each of you can cancel it.",
    ]
  }

  private var toOwner: [Text] {
    [
      "You asked to hand this shop over to \(other).",
      "It happens three days after they have accepted. Until then each of you can cancel it.",
    ]
  }

  private var transferAccepted: Notice {
    Notice(
      subject: "\(shop.name) will have another owner",
      heading: "\(shop.name) will have another owner",
      paragraphs: [
        "New owner: \(other)", "Time: \(minute: mail.dueAt ?? mail.at, in: zone)",
        "Until then each of you can cancel it.",
      ],
      button: toTeam, footnote: cancelNote)
  }

  private var transferCancelled: Notice {
    Notice(
      subject: "\(shop.name) keeps its owner", heading: "\(shop.name) keeps its owner",
      paragraphs: [cancelled], button: toTeam)
  }

  private var cancelled: Text {
    if other.isEmpty { return "The shop is not handed over: it was cancelled." }
    return "The shop is not handed over to \(other): it was cancelled."
  }

  private var transferDone: Notice {
    Notice(
      subject: "\(shop.name) has another owner", heading: "\(shop.name) has another owner",
      paragraphs: ["New owner: \(other)", "The former owner is a manager now."], button: toShop)
  }

  private var cancelNote: Text {
    "If you did not expect this, cancel it and change your password."
  }
}
