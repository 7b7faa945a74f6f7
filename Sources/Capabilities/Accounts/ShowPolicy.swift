import Access
import FoundationEssentials
import HTML
import HTTPServer
import Scope
import Web

/// The policies, each at `/{slug}` in the version in force and at `/{slug}/{version}` in any.
enum ShowPolicy {
  static func pages(of accounts: Accounts) -> [Route] {
    Set(Policy.all.map(\.slug)).sorted().flatMap { slug in
      [
        Route.page(.get, "/\(slug)", for: .anybody, of: accounts.site) { visit in
          try show(slug, version: nil, visit)
        },
        Route.page(.get, "/\(slug)/{version}", for: .anybody, of: accounts.site) {
          (visit: Visit<PublicScope>, version: String) in
          try show(slug, version: version, visit)
        },
      ]
    }
  }

  private static func show(
    _ slug: String, version: String?, _ visit: Visit<PublicScope>
  ) throws(Denial) -> Response {
    guard let policy = Policy.find(slug, version: version) else { throw .notFound }
    return .page(page(policy, in: visit.frame))
  }

  static func page(_ policy: Policy, in frame: Frame) -> HTML {
    let isInForce = Policy.versions(of: policy.slug).last == policy.version
    return Page(
      title: policy.title, description: policy.summary, styles: ["reading.css"],
      main: """
        <article class="wrap reading">
        <h1>\(text: policy.title)</h1>
        <p class="lede">\(text: policy.summary)</p>
        <p class="muted">\(text: "Version \(policy.version), in force since \(day: day(policy.since), in: .gmt)")</p>
        \(isInForce ? nil : older(policy))
        \(policy.sections.map(section))
        </article>
        """
    ).html(in: frame)
  }

  private static func older(_ policy: Policy) -> HTML {
    """
    \(Notice.html("This is an older version.", .info))
    <p><a href="\(url: "/\(policy.slug)")">\(text: "Read the version in force")</a></p>
    """
  }

  private static func section(_ section: Policy.Section) -> HTML {
    """
    <h2>\(text: section.title)</h2>
    \(section.paragraphs.map { "<p>\(text: $0)</p>" as HTML })
    """
  }

  /// Ours to write right: a policy's day is a constant.
  private static func day(_ text: String) -> Date {
    (try? Date(text + "T00:00:00Z", strategy: .iso8601)) ?? .distantPast
  }
}
