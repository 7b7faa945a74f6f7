import Access
import Foundation
import HTML
import Mail
import Notices
import Scope
import Testing

@testable import Shops

@Suite struct `A mail about work in a shop` {
  private static let languages = try! Languages(
    folder: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Locales").path)

  private static let moment = Date(timeIntervalSince1970: 1_774_044_000)

  private func text(
    _ kind: ShopMail.Kind, in code: String, isRecipientOther: Bool = false
  ) throws -> String {
    let shop = ShopRow(
      id: Context.system.newID(), slug: "tea", name: "Tea", tagline: "", state: "active",
      isTest: true, plan: "free", acceptsOrders: true, country: "KE", currency: "KES",
      locale: "en", timeZone: "UTC", primaryColor: "#000000", accentColor: "#000000",
      fontFamily: .system, minimumOrder: nil, approvalThreshold: nil, allowsGuestCheckout: true,
      logsIPAddresses: false, corsOrigins: [], showsPoweredBy: nil, disclosesFee: false,
      showsTransactionHashes: false, firstLiveOrderAt: nil, version: 1, createdAt: Self.moment)
    let mail = ShopMail(
      kind: kind, shop: shop.id.uuid, recipient: UUID(), role: .finance, dueAt: Self.moment,
      at: Self.moment)
    let notice = ShopNotices(
      mail: mail, shop: shop, other: "Ada", isRecipientOther: isRecipientOther, zone: .gmt,
      baseURL: "https://martlet.example", linkPath: "/invitation/abc"
    ).notice()
    let letterhead = Letterhead(
      sender: try #require(MailAddress("post@martlet.example")), address: "https://martlet.example")
    let message = notice.mail(
      on: letterhead, to: try #require(MailAddress("ada@example.org")),
      in: try #require(Self.languages.named(code)), sentAt: Self.moment,
      id: try #require(MessageID("shop.1.1")))
    return message.text.filter { !"\u{2068}\u{2069}".contains($0) }
  }

  @Test(arguments: ShopMail.Kind.allCases, ["en", "fa"])
  func `names the shop or leads to it, and its reader's language`(
    kind: ShopMail.Kind, code: String
  ) throws {
    let text = try text(kind, in: code)
    #expect(text.contains("Tea") || text.contains("/dashboard/tea"))
    #expect(text.unicodeScalars.contains { (0x0600...0x06FF).contains($0.value) } == (code == "fa"))
  }

  @Test func `invites by a link, and says by whom and as what`() throws {
    let text = try text(.invitation, in: "en")
    #expect(text.contains("https://martlet.example/invitation/abc"))
    #expect(text.contains("Ada invites you") && text.contains("Your role: Finance"))
  }

  @Test func `tells each of two owners what it is for them`() throws {
    #expect(try text(.transferAsked, in: "en").contains("hand this shop over to Ada"))
    #expect(
      try text(.transferAsked, in: "en", isRecipientOther: true).contains("over to you"))
  }
}
