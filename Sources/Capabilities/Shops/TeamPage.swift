import Access
import FoundationEssentials
import HTML
import Scope
import Web

/// The page of a shop's team, as whoever reads it may see and change it.
struct TeamPage {
  let member: StaffMember
  let team: [TeamMember]
  let invitations: [Invitation]
  let transfer: Transfer?
  /// Of an invitation, where one was refused.
  let form: FilledForm
  let now: Date

  private var path: String { ShowTeam.path(of: member.membership.slug) }
  private var zone: TimeZone {
    member.session.flatMap { TimeZone(identifier: $0.timeZone) } ?? .gmt
  }
  private var account: ID<Account>? { member.session?.account }
  private var isOwner: Bool { member.permissions.contains(.transferShop) }
  /// What the reader may give, in the table's order.
  private var grantable: [StaffRole] {
    StaffRole.allCases.filter { mayGrant($0, by: member.permissions) }
  }

  func html(in frame: Frame) -> HTML {
    ShopPage(
      member: member, part: .team, title: "Team",
      main: """
        \(form.summary(labels: ["email": "E-mail address", "role": "Role"]))
        \(transfer.map(handOver))
        <section class="section">
        <ul class="rows">
        \(team.map(row))
        </ul>
        </section>
        \(grantable.isEmpty ? nil : inviting)
        \(invitations.isEmpty ? nil : open)
        \(isOwner && transfer == nil ? handingOver : nil)
        """
    ).html(in: frame)
  }

  // MARK: Members

  private func row(_ one: TeamMember) -> HTML {
    """
    <li><div><p class="stands"><strong><bdi>\(one.shownName)</bdi></strong>
    \(Badge.html(one.role.name, one.role == .owner ? .good : nil))
    \(one.account == account ? Badge.html("You", .info) : nil)</p>
    <p class="help"><bdi>\(one.email.maskedEmail)</bdi> · \(text: "Since") \
    \(Moment.html(one.since, now: now, in: zone))</p></div>
    \(doing(one))</li>

    """
  }

  private func doing(_ one: TeamMember) -> HTML? {
    if one.account == account { return one.role == .owner ? nil : leave }
    guard mayGrant(one.role, by: member.permissions) else { return nil }
    return """
      <form method="post" action="\(url: "\(path)/role")" class="actions">
      <input type="hidden" name="account" value="\("\(one.account)")">
      <div class="field"><select name="role" aria-label="\(text: "Role of \(one.shownName)")">
      \(grantable.map { option($0, isChosen: $0 == one.role) })
      </select></div>
      <button class="button">\(text: "Change")</button>
      <button class="button danger"\(attribute: "formaction", "\(path)/remove")>\(text: "Remove")</button>
      </form>
      """
  }

  private func option(_ role: StaffRole, isChosen: Bool) -> HTML {
    """
    <option value="\(role.rawValue)"\(attribute: "selected", isChosen ? "" : nil)>\
    \(text: role.name)</option>
    """
  }

  private var leave: HTML {
    """
    <form method="post" action="\(url: "\(path)/leave")">\
    <button class="button">\(text: "Leave the team")</button></form>
    """
  }

  // MARK: Invitations

  private var inviting: HTML {
    """
    <section class="section">
    <h2>\(text: "Invite somebody")</h2>
    <form method="post" action="\(url: "\(path)/invite")" class="stack">
    \(form.field("email", label: "E-mail address", help: "They get a link that works once, within \(Int(Invitation.life) / 86_400) days.", autocomplete: "off"))
    \(form.select("role", label: "Role", help: roles, chosen: grantable.last?.rawValue ?? "", options: options))
    <div class="actions"><button class="button primary">\(text: "Send the invitation")</button></div>
    </form>
    </section>
    """
  }

  private var options: [(value: String, label: Text)] {
    grantable.map { (value: $0.rawValue, label: $0.name) }
  }

  private var roles: Text {
    "Nobody can give a role that may do more than their own, or as much."
  }

  private var open: HTML {
    """
    <section class="section">
    <h2>\(text: "Open invitations")</h2>
    <ul class="rows">
    \(invitations.map(row))
    </ul>
    </section>
    """
  }

  private func row(_ invitation: Invitation) -> HTML {
    """
    <li><div><p class="stands"><bdi>\(invitation.email)</bdi>
    \(Badge.html(invitation.role.name))</p>
    <p class="help">\(text: "Until \(day: invitation.expiresAt, in: zone)")</p></div>
    \(mayGrant(invitation.role, by: member.permissions) ? withdraw(invitation) : nil)</li>

    """
  }

  private func withdraw(_ invitation: Invitation) -> HTML {
    """
    <form method="post" action="\(url: "\(path)/withdraw")">\
    <input type="hidden" name="invitation" value="\("\(invitation.id)")">\
    <button class="button">\(text: "Withdraw") \
    <span class="hidden">\(invitation.email)</span></button></form>
    """
  }

  // MARK: Another owner

  private var handingOver: HTML? {
    let managers = team.filter { $0.role == .manager }
    guard !managers.isEmpty else { return nil }
    return """
      <section class="section">
      <h2>\(text: "Hand the shop over")</h2>
      <p>\(text: "To one of the managers. They accept, and three days later the shop is theirs and you are a manager. Both of you need a second factor.")</p>
      <form method="post" action="\(url: "\(path)/transfer")" class="stack">
      <div class="field"><label for="account">\(text: "New owner")</label>
      <select id="account" name="account">
      \(managers.map { #"<option value="\#("\($0.account)")">\#($0.shownName)</option>"# as HTML })
      </select></div>
      <div class="actions"><button class="button danger">\(text: "Hand it over")</button></div>
      </form>
      </section>
      """
  }

  private func handOver(_ transfer: Transfer) -> HTML {
    let name = team.first { $0.account == transfer.to }?.shownName ?? ""
    let concerns = account.map(transfer.concerns) ?? false
    let accepts = account == transfer.to && transfer.dueAt == nil
    return """
      <section class="section card">
      <h2>\(text: "The shop is to have another owner")</h2>
      <p>\(text: standing(transfer, name))</p>
      <form method="post" action="\(url: "\(path)/transfer/cancel")" class="actions">
      \(accepts ? accept : nil)
      \(concerns ? cancel : nil)
      </form>
      </section>
      """
  }

  private func standing(_ transfer: Transfer, _ name: String) -> Text {
    guard let due = transfer.dueAt else { return "\(name) has not accepted yet." }
    return "\(name) becomes the owner: \(minute: due, in: zone)"
  }

  private var accept: HTML {
    """
    <button class="button primary"\(attribute: "formaction", "\(path)/transfer/accept")>\
    \(text: "Accept the shop")</button>
    """
  }

  private var cancel: HTML {
    #"<button class="button">\#(text: "Cancel it")</button>"#
  }
}
