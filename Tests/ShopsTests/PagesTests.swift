import Fields
import Foundation
import HTML
import Testing
import Web

@testable import Shops

@Suite struct `The public pages` {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let languages = try! Languages(folder: root.appending(path: "Locales").path)

  enum Visit: String, CaseIterable {
    case landing, pricing, cost, wrong, none

    func page(in frame: Frame) throws -> HTML {
      switch self {
      case .landing: ShowLanding.page(.shipped, in: frame)
      case .pricing: try ShowPricing.page(.shipped, asked: .object([]), in: frame)
      case .cost: try ShowPricing.page(.shipped, asked: asking(sales: "2000", shops: ""), in: frame)
      case .wrong: try ShowPricing.page(.shipped, asked: asking(sales: "x", shops: "0"), in: frame)
      case .none: try ShowPricing.page([], asked: .object([]), in: frame)
      }
    }

    private func asking(sales: String, shops: String) -> InputValue {
      .form([.init("sales", .string(sales)), .init("shops", .string(shops))])
    }
  }

  private func text(_ visit: Visit, _ code: String) throws -> String {
    try text(code) { try visit.page(in: $0) }
  }

  private func text(_ code: String, _ page: (Frame) throws -> HTML) throws -> String {
    let frame = Frame(
      languages: Self.languages.all, theme: .system, origin: "https://martlet.example",
      address: "/", asset: { "/assets/\($0)" })
    let language = try #require(Self.languages.named(code))
    return try Language.$current.withValue(language) { try page(frame).text }
  }

  /// What a reader reads.
  private func words(_ html: String) -> String {
    html.replacing(/<head>[\s\S]*<\/head>/, with: "").replacing(/<[^>]*>/, with: " ")
  }

  @Test(arguments: Visit.allCases, ["en", "fa"])
  func `are sound: tags close, ids are one, what is referred to is there`(
    visit: Visit, code: String
  ) throws {
    let mistakes = Markup(try text(visit, code)).mistakes
    #expect(mistakes == [])
  }

  @Test(arguments: Visit.allCases, ["en", "fa"])
  func `have one heading of the first level, ask nobody else and run nothing`(
    visit: Visit, code: String
  ) throws {
    let page = try text(visit, code)
    #expect(page.matches(of: /<h1/).count == 1)
    let addresses = page.matches(of: /(?:href|src|action)="([^"]*)"/).map(\.output.1)
    #expect(addresses.allSatisfy { $0.hasPrefix("/") || $0.hasPrefix("#") || $0 == canonical })
    #expect(!page.contains(/<script|<style| style="| on[a-z]+="/))
  }

  private let canonical: Substring = "https://martlet.example/"

  @Test(arguments: Visit.allCases)
  func `are Persian throughout for a Persian reader`(visit: Visit) throws {
    let page = try text(visit, "fa")
    #expect(page.contains(#"<html lang="fa" dir="rtl">"#))
    // Names, and what the reader typed in `value`, stay as they are.
    let names = ["Martlet", "English", "nila.example", "Free", "Starter", "Growth", "Business"]
    let rest = names.reduce(words(page)) { $0.replacing($1, with: "") }
      .replacing("USD", with: "").replacing("API", with: "")
    #expect(!rest.contains(/[A-Za-z0-9]/), "\(rest.matches(of: /[A-Za-z0-9]+/).map(\.output))")
  }

  @Test func `fit with their styles into 60 KB`() throws {
    let styles = try ["tokens.css", "base.css", "site.css", "martlet.svg"].reduce(0) {
      try $0 + Data(contentsOf: Self.root.appending(path: "Assets/\($1)")).count
    }
    for visit in Visit.allCases {
      #expect(try styles + text(visit, "fa").utf8.count <= 60_000)
    }
  }

  @Test func `show each plan with price, fee and allowance, in the reader's way`() throws {
    let english = words(try text(.pricing, "en"))
    for expected in ["$0", "$9", "$29", "$99", "3.5% of each sale", "1 shop", "3 shops"] {
      #expect(english.contains(expected), "\(expected)")
    }
    let persian = words(try text(.pricing, "fa"))
    for expected in ["۹ دلار", "۹۹ دلار", "۳٫۵٪ از هر فروش", "یک فروشگاه", "۳ فروشگاه"] {
      #expect(persian.contains(expected), "\(expected)")
    }
  }

  @Test func `say on a plan's card only what sets it apart`() throws {
    let plans = [Plan].shipped
    let some = [
      plans[0].with(limits: Plan.Limits(products: 50, staff: 1), features: [.webShop]),
      plans[2].with(features: [.webShop, .noPoweredBy]),
    ]
    let page = try text("en") { try ShowPricing.page(some, asked: .object([]), in: $0) }
    let lists = page.matches(of: /<ul class="checks[^"]*">(.*?)<\/ul>/).map {
      words("\($0.output.1)")
    }
    let offers = lists.map {
      $0.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    .map { $0.filter { !$0.isEmpty } }
    #expect(
      offers == [
        ["1 shop", "50 products", "1 person on your staff"],
        ["3 shops", "Any number of products", "No mention of Martlet in your shop"],
        ["Any number of orders", "A shop on the web"],
      ])
  }
}

@Suite struct `Asking what a month would cost` {
  private func answer(_ pairs: [(String, String)]) throws -> ShowPricing.Answer {
    try ShowPricing.answer(
      .form(pairs.map { InputValue.Member($0.0, .string($0.1)) }), plans: .shipped)
  }

  @Test func `is not asked by a visit to the page`() throws {
    #expect(try answer([]) == .notAsked)
    #expect(try answer([("utm_source", "x")]) == .notAsked)
  }

  @Test func `takes one shop unless told, and the digits of any keyboard`() throws {
    let expected = try MonthlyCost.compared(.shipped, sales: 2_000, shops: 1)
    #expect(try answer([("sales", "2000"), ("shops", "")]) == .costs(expected, sales: 2_000))
    #expect(try answer([("sales", "۲۰۰۰")]) == .costs(expected, sales: 2_000))
  }

  @Test func `names all that it cannot read`() throws {
    #expect(
      try answer([("sales", "-1"), ("shops", "many")])
        == .invalid([
          FieldError(field: "sales", reason: .outside(0...100_000_000)),
          FieldError(field: "shops", reason: .notWholeNumber),
        ]))
  }
}
