import HTML

/// A text that people agree to or may rely on, in one version. An old version stays readable for whoever
/// accepted it.
struct Policy: Sendable {
  struct Section: Sendable {
    let title: Text
    let paragraphs: [Text]
  }

  /// In its address, such as `terms`.
  let slug: String
  let version: String
  /// The day from which it is in force, as ISO 8601 writes it.
  let since: String
  let title: Text
  let summary: Text
  let sections: [Section]

  /// Every version of every policy, the one in force last of its slug.
  static let all = [terms1, privacy1, acceptableUse1]

  /// - Parameter version: Nil for the one in force.
  static func find(_ slug: String, version: String? = nil) -> Policy? {
    all.last { $0.slug == slug && (version == nil || $0.version == version) }
  }

  static func versions(of slug: String) -> [String] {
    all.filter { $0.slug == slug }.map(\.version)
  }
}

extension Policy {
  private static let terms1 = Policy(
    slug: "terms", version: "1.0", since: "2026-11-01", title: "Terms of use",
    summary:
      "What we provide, who holds the money, what a shop owner is responsible for, and how it can end.",
    sections: [
      Section(
        title: "What Martlet is",
        paragraphs: [
          "Martlet is software with which you run a shop on Telegram and on the web. The contract of each sale is between the shop and its buyer. We are not a party to it.",
          "You need an account with a true e-mail address and must be old enough to make contracts where you live. You keep your password and your second factor to yourself.",
        ]),
      Section(
        title: "Who holds the money",
        paragraphs: [
          "Each way to pay says at checkout who holds the money. On rails in the custody of the shop the money goes straight to the shop, and we never have it or a key to it.",
          "On rails in the custody of the platform we hold what buyers paid until it is paid out, refunded or returned, and our books say to whom each cent is owed. Such rails are open only to shops whose identity is verified.",
          "Our fee is what your plan says. It is taken from payments in our custody and invoiced for the others.",
        ]),
      Section(
        title: "What a shop owner is responsible for",
        paragraphs: [
          "You describe your goods truthfully, deliver what was paid for, answer your buyers and settle disputes with them.",
          "You follow the law where you and your buyers are: on goods, consumers, data protection and taxes. You charge, declare and pay your own taxes.",
          "You sell nothing that our acceptable use policy forbids.",
          "If others claim something from us because of what you sold, said or failed to do, you bear the cost of that claim.",
        ]),
      Section(
        title: "How it can end",
        paragraphs: [
          "You may close a shop or your account at any time. What is owed to you is paid out, and you can take your data with you.",
          "We may suspend or terminate a shop that breaks these terms, the acceptable use policy or the law, that puts buyers at risk, or that leaves our invoices unpaid after reminders. You are told the reason and can appeal.",
          "Money that belongs to you is never kept as a penalty. It may be held while a dispute, a check of identity or an order of an authority is open, and you can see why and until when.",
        ]),
      Section(
        title: "Our liability and changes",
        paragraphs: [
          "We run Martlet with care and keep backups, but promise no uninterrupted service. Where the law allows, we are liable for damage by intent and gross negligence, and otherwise up to the fees of the last twelve months.",
          "When these terms change you are asked to accept the new version before you go on. The version that you accepted is kept with the time.",
        ]),
    ])

  private static let privacy1 = Policy(
    slug: "privacy", version: "1.0", since: "2026-11-01", title: "Privacy",
    summary: "What we keep about you, why, for how long, and what you can do about it.",
    sections: [
      Section(
        title: "What we keep",
        paragraphs: [
          "Of an account: e-mail address, name, language, time zone, a hash of the password, the sealed secret of the second factor, and where you are signed in with the name that your browser gives itself.",
          "Of an order: what the shop needs to deliver it. Delivery addresses are sealed with a key of the shop.",
          "Addresses of the network are used to slow down attacks, as hashes that are gone within a day, and are logged by a shop only if it says so.",
        ]),
      Section(
        title: "What we do not do",
        paragraphs: [
          "We sell no data and show no advertising. Pages load nothing from other companies. Card numbers never reach our servers."
        ]),
      Section(
        title: "Your rights",
        paragraphs: [
          "You can download what we keep about your account and erase it yourself, on the page of your data. Books keep amounts, as the law asks, without your name.",
          "A shop is responsible for the data of its buyers. Ask it first, and us if it does not answer.",
        ]),
    ])

  private static let acceptableUse1 = Policy(
    slug: "acceptable-use", version: "1.0", since: "2026-11-01", title: "Acceptable use",
    summary: "What may not be sold or done on Martlet, and how to report it.",
    sections: [
      Section(
        title: "What may not be sold",
        paragraphs: [
          "Anything that is illegal to sell where the shop or the buyer is.",
          "Weapons, explosives and their parts; illegal drugs and medicines without a licence; stolen goods, counterfeits and forged papers.",
          "Sexual content with minors, content made without the consent of those shown, and anything that exploits people or animals.",
          "Stolen accounts, card data, personal data, malware, and services that attack others.",
        ]),
      Section(
        title: "What may not be done",
        paragraphs: [
          "Deceiving buyers, laundering money, avoiding sanctions, sending unasked messages, or using somebody else's brand or work as your own.",
          "Attacking Martlet or trying to reach the data of others. Tell us what you find and we thank you.",
        ]),
      Section(
        title: "What happens",
        paragraphs: [
          "Every shop carries a link to report it. A person looks at each report. We can hide a product, suspend a shop or terminate it, with the reason and a way to appeal, and we inform the authorities where the law asks for it."
        ]),
    ])
}
