package import HTML
package import Web

/// The platform's front page: what Martlet is, for somebody who has never heard of it.
package enum ShowLanding {
  /// - Parameter plans: From the smallest to the largest.
  package static func page(_ plans: [Plan], in frame: Frame) -> HTML {
    Page(
      title: title, description: summary, styles: ["site.css"],
      main: """
        \(hero)
        <div class="wrap">
        \(doors)
        \(goods)
        \(rails)
        \(books)
        \(pricing(plans))
        </div>
        """
    ).html(in: frame)
  }

  private static let title: Text = "Your shop, on Telegram and on the web"
  private static let summary: Text = """
    Open a shop under your own name. Customers buy in a chat or on your site; you keep one \
    catalogue, one stock and one set of books.
    """

  private static var hero: HTML {
    let state: Text = """
      Martlet is still being built. Read how it will work; opening a shop comes later.
      """
    return """
      <div class="hero"><div class="wrap">
      <div class="hero-words">
      <h1 class="display">\(text: title)</h1>
      <p class="lede">\(text: summary)</p>
      <p class="actions">
      <a class="button primary" href="/pricing">\(text: "See the plans")</a>
      <a class="button" href="#how">\(text: "How it works")</a>
      </p>
      <p class="help">\(text: state)</p>
      </div>
      \(ExampleShop.html)
      </div></div>
      """
  }

  // MARK: What it is

  private static var doors: HTML {
    let features = [
      feature(
        Icon.chat, "A bot that sells",
        """
        Customers browse, pay and follow their order without leaving Telegram. You add a product \
        by sending its picture.
        """),
      feature(
        Icon.window, "A site of your own",
        """
        Your colours, your name, your domain. Pages are light and open on any phone, even where \
        scripts do not load.
        """),
      feature(
        Icon.layers, "One stock",
        """
        What is bought in the chat is gone from the site in the same moment. Nothing is sold twice.
        """),
    ]
    return section("how", "One shop behind two doors", #"<ul class="features">\#(features)</ul>"#)
  }

  private static var goods: HTML {
    let features = [
      feature(Icon.box, "Goods", "Sizes and colours, stock, shipping and tax."),
      feature(
        Icon.key, "Downloads and keys", "Sent once they are paid for. Each key is sold once."),
      feature(Icon.people, "Memberships", "A place in your channel for as long as it is paid for."),
      feature(Icon.clock, "Services", "Your time and work, ordered and paid like the rest."),
    ]
    return section(
      "sell", "Sell what you make, write or know",
      #"<ul class="features four">\#(features)</ul>"#)
  }

  private static func feature(_ icon: HTML, _ name: Text, _ words: Text) -> HTML {
    """
    <li>\(icon)<h3>\(text: name)</h3><p class="muted">\(text: words)</p></li>

    """
  }

  // MARK: Money

  private static var rails: HTML {
    let table = Table(
      caption: "Before anybody pays, they see who holds the money.",
      columns: [
        Table.Column("Way to pay"), Table.Column("How it works"),
        Table.Column("Who holds the money"),
      ])
    let rows = [
      rail("Card", how: "Through your own Stripe account.", holder: "You"),
      rail(
        "Mobile money", how: "M-Pesa, approved on the customer's phone.",
        holder: "The platform, or your own till"),
      rail(
        "Monero", how: "Straight to your wallet. The platform can see it and never spend it.",
        holder: "You"),
      rail(
        "Bitcoin, Ethereum, USDT and more", how: "Changed to Monero on the way to your wallet.",
        holder: "You"),
      rail("Telegram Stars", how: "For digital goods inside Telegram.", holder: "You"),
      rail(
        "Escrow", how: "Released when the customer has what they ordered.", holder: "The platform"),
      rail("Cash or bank transfer", how: "Marked as paid by your staff.", holder: "You"),
    ]
    return section("pay", "Be paid the way your customers pay", table.html(rows))
  }

  private static func rail(_ name: Text, how: Text, holder: Text) -> Table.Row {
    Table.Row(["\(text: name)", "\(text: how)", "\(text: holder)"])
  }

  private static var books: HTML {
    let adding: Text = """
      Every sale, fee, refund and payout is entered twice, in whole units of its currency. What \
      you are owed is a sum that you can check.
      """
    let leaving: Text = """
      A shop fits in one file of an open format, and another Martlet opens it as the same shop. \
      The program is free: run it yourself if you like.
      """
    return """
      <div class="pair">
      \(section("books", "Books that add up", "<p>\(text: adding)</p>"))
      \(section("leave", "Leave as easily as you came", "<p>\(text: leaving)</p>"))
      </div>
      """
  }

  // MARK: Plans

  private static func pricing(_ plans: [Plan]) -> HTML {
    section(
      "plans", "Pay when you sell",
      """
      <p class="lede">\(text: ShowPricing.lede)</p>
      <ul class="ladder">
      \(plans.map(step))</ul>
      <p><a class="button primary" href="/pricing">\(text: "Compare the plans")</a></p>
      """)
  }

  private static func step(_ plan: Plan) -> HTML {
    """
    <li><h3>\(plan.name)</h3>
    <p><strong>\(text: "\(short: plan.monthlyPrice)")</strong> \
    <span class="muted">\(text: "a month")</span></p>
    <p>\(text: "\(basisPoints: plan.feeBasisPoints) of each sale")</p>
    <p class="muted">\(text: plan.allowanceWords)</p></li>

    """
  }

  private static func section(_ id: String, _ title: Text, _ content: HTML) -> HTML {
    """
    <section class="band" aria-labelledby="\(id)">
    <h2 id="\(id)">\(text: title)</h2>
    \(content)
    </section>
    """
  }
}
