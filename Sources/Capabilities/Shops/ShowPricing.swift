package import Fields
package import HTML
import Money
package import Web

/// The page that compares the plans, and works out what each would cost for somebody's own sales.
package enum ShowPricing {
  struct Question: Sendable, Equatable {
    /// In a month, in whole units of the plans' currency.
    let sales: Int
    let shops: Int

    static let fields = Fields(
      Field("sales", .integer(0...100_000_000)),
      Field("shops", .optional(.integer(1...1_000), default: 1)), as: Question.init)
  }

  enum Answer: Equatable {
    case notAsked
    case costs([MonthlyCost], sales: Int)
    case invalid([FieldError])
  }

  static func answer(_ asked: InputValue, plans: [Plan]) throws -> Answer {
    guard asked.part("sales") != nil else { return .notAsked }
    let question: Question
    do {
      question = try Question.fields.parse(asked)
    } catch {
      return .invalid(error.errors)
    }
    let costs = try MonthlyCost.compared(plans, sales: question.sales, shops: question.shops)
    return .costs(costs, sales: question.sales)
  }

  /// - Parameters:
  ///   - plans: From the smallest to the largest.
  ///   - asked: The query, as it came.
  /// - Throws: When the plans' amounts cannot be compared: their rows are wrong.
  package static func page(
    _ plans: [Plan], asked: InputValue, in frame: Frame
  ) throws -> HTML {
    try Page(
      title: "Pricing",
      description:
        "The first shop is free. A fee is due on what you sell, and a larger plan lowers it.",
      styles: ["site.css"],
      main: """
        <div class="wrap">
        <div class="intro">
        <h1 class="display">\(text: "Pay when you sell")</h1>
        <p class="lede">\(text: lede)</p>
        </div>
        \(plans.isEmpty ? Notice.html("No plan is on offer at the moment.", .info) : cards(plans))
        \(plans.first.map { try calculator(asked, plans, currency: $0.monthlyPrice.currency) })
        \(questions)
        </div>
        """
    ).html(in: frame)
  }

  static let lede: Text = """
    Every plan is the whole shop. A larger plan takes a smaller share of each sale and allows more \
    shops.
    """

  // MARK: The plans

  /// A card says what sets its plan apart; what all have stands below them once.
  private static func cards(_ plans: [Plan]) -> HTML {
    let shared = plans.map(\.offers).reduce(plans[0].offers) { shared, offers in
      shared.filter(offers.contains)
    }
    return """
      <ul class="plans">
      \(plans.map { card($0, besides: shared) })</ul>
      <h2 class="every">\(text: "In every plan")</h2>
      <ul class="checks every">\(shared.map(check))</ul>
      """
  }

  private static func card(_ plan: Plan, besides shared: [Text]) -> HTML {
    """
    <li class="card plan">
    <h2>\(plan.name)</h2>
    <p class="price"><strong>\(text: "\(short: plan.monthlyPrice)")</strong> \
    <span class="muted">\(text: "a month")</span></p>
    <p>\(text: "\(basisPoints: plan.feeBasisPoints) of each sale")</p>
    <ul class="checks">\(plan.offers.filter { !shared.contains($0) }.map(check))</ul>
    </li>

    """
  }

  private static func check(_ offer: Text) -> HTML {
    "<li>\(Icon.check)<span>\(text: offer)</span></li>"
  }

  // MARK: What would it cost me?

  private static func calculator(
    _ asked: InputValue, _ plans: [Plan], currency: Currency
  ) throws -> HTML {
    let answer = try answer(asked, plans: plans)
    let errors = if case .invalid(let errors) = answer { errors } else { [FieldError]() }
    let form = FilledForm(Question.fields.schema, given: asked, errors: errors)
    let salesLabel: Text = "Sales in a month, in \(currency.code)"
    let salesHelp: Text = "Without tax and shipping: no fee is taken on those."
    let shopsLabel: Text = "Shops"
    return """
      <section class="band card" id="cost" aria-labelledby="cost-title">
      <h2 id="cost-title">\(text: "What would you pay?")</h2>
      \(form.summary(labels: ["sales": salesLabel, "shops": shopsLabel]))
      <form class="calculator" method="get" action="/pricing#cost">
      \(form.field("sales", label: salesLabel, help: salesHelp))
      \(form.field("shops", label: shopsLabel, help: "One if left empty."))
      <button class="button primary">\(text: "Compare the plans")</button>
      </form>
      \(try result(answer))
      </section>
      """
  }

  private static func result(_ answer: Answer) throws -> HTML? {
    guard case .costs(let costs, let sales) = answer else { return nil }
    guard let lowest = try MonthlyCost.lowest(of: costs) else {
      return Notice.html("No plan allows that many shops.", next: "Enter fewer shops.", .warn)
    }
    let turnover = try Money(
      wholeUnits: sales, currency: lowest.plan.monthlyPrice.currency)
    return """
      <p class="lede" role="status">\(text: """
        \(lowest.plan.name) costs you least: \(short: lowest.total) a month.
        """)</p>
      \(table(turnover).html(costs.map { row($0, isLowest: $0 == lowest) }))
      """
  }

  private static func table(_ turnover: Money) -> Table {
    Table(
      caption: "A month with \(short: turnover) of sales",
      columns: [
        Table.Column("Plan"), Table.Column("Price", isNumber: true),
        Table.Column("Fee on sales", isNumber: true), Table.Column("Together", isNumber: true),
      ])
  }

  private static func row(_ cost: MonthlyCost, isLowest: Bool) -> Table.Row {
    let badge = isLowest ? Badge.html("Lowest", .good) : nil
    return Table.Row(
      [
        "\(cost.plan.name) \(badge)",
        "\(text: "\(short: cost.plan.monthlyPrice)")",
        "\(text: "\(short: cost.fee)")",
        "<strong>\(text: "\(short: cost.total)")</strong>",
      ], isChosen: isLowest)
  }

  // MARK: Questions

  private static var questions: HTML {
    let answers = [
      question(
        "What is the fee taken on?",
        answer: """
          On the items of a paid order, less what you give back. Not on tax, and not on shipping.
          """),
      question(
        "When do I pay it?",
        answer: """
          Where the platform holds the money, it comes off when the order is paid. Where the money \
          goes straight to you, it is put on an invoice.
          """),
      question(
        "Can I change my plan?",
        answer: """
          Yes. A larger plan starts at once, and you pay for the days that are left. A smaller one \
          starts when the paid month ends.
          """),
      question(
        "What if a paid plan ends?",
        answer: """
          Your first shop goes on under the free plan. Others pause; their data is kept for 90 \
          days, and they are back when you renew.
          """),
    ]
    return """
      <section class="band" aria-labelledby="questions-title">
      <h2 id="questions-title">\(text: "Questions")</h2>
      <div class="questions">
      \(answers)</div>
      </section>
      """
  }

  private static func question(_ question: Text, answer: Text) -> HTML {
    """
    <div><h3>\(text: question)</h3><p class="muted">\(text: answer)</p></div>

    """
  }
}
