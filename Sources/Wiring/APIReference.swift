import API
import Access
import Fields
import HTML
import HTTPServer
import Web

/// The API's description: for programs as OpenAPI, for people as a page.
enum APIReference {
  static let documentPath = "/api/openapi.json"
  static let pagePath = "/api/docs"

  /// - Parameter routes: All others; these two are added to them.
  static func routes(describing routes: [Route], of site: Site) throws -> [Route] {
    let page = Route.page(.get, pagePath, for: .anybody, of: site) { visit in
      .page(Self.page(of: routes, in: visit.frame))
    }
    let document = ResponseBytes(
      try OpenAPI.document(
        of: routes + [page], title: "Martlet", version: Martlet.version, baseURL: site.baseURL))
    let download = Route(.get, documentPath) { _ in
      var response = Response.bytes(document, type: "application/json").tagged()
      // For tools on other sites: it says nothing that is not public.
      response.headers.append("Access-Control-Allow-Origin", "*")
      return response
    }
    return [page, download]
  }

  static func page(of routes: [Route], in frame: Frame) -> HTML {
    let operations = routes.compactMap { route in
      (route.about as? Operation).map { (route, $0) }
    }
    let groups = Dictionary(grouping: operations) { group(of: $0.0) }
    return Page(
      title: "API reference",
      description: "Every route of the API: what it takes, who may use it, and how it can end.",
      styles: ["reference.css"],
      main: """
        <div class="wrap reference">
        <h1>\(text: "API reference")</h1>
        <p class="lede">\(text: "Programs sign in with a token, speak JSON, and get a problem document with a stable code when something is refused.")</p>
        <p><a href="\(url: documentPath)">\(text: "The same as an OpenAPI document")</a></p>
        \(groups.keys.sorted().map { section($0, groups[$0] ?? []) })
        </div>
        """
    ).html(in: frame)
  }

  /// The word behind `/api/`.
  private static func group(of route: Route) -> String {
    route.path.description.split(separator: "/").dropFirst().first.map(String.init) ?? ""
  }

  private static func section(_ name: String, _ operations: [(Route, Operation)]) -> HTML {
    """
    <section aria-labelledby="group-\(name)">
    <h2 id="group-\(name)" dir="ltr" lang="en">\(name)</h2>
    \(operations.map { item($0.0, $0.1) })
    </section>
    """
  }

  /// In English, which is the language of programs.
  private static func item(_ route: Route, _ operation: Operation) -> HTML {
    """
    <details class="route" dir="ltr" lang="en">
    <summary><span class="method">\(route.method.rawValue)</span>
    <code>\(route.path.description)</code> <span class="muted">\(operation.summary)</span></summary>
    <dl>
    <dt>\(text: "Who")</dt><dd><code>\(operation.permission)</code></dd>
    \(operation.takes.flatMap { fields("Body", $0) })\(operation.query.flatMap { fields("Query", $0) })
    <dt>\(text: "Answers")</dt><dd>\(statuses(operation))</dd>
    </dl>
    </details>
    """
  }

  private static func statuses(_ operation: Operation) -> HTML {
    let all = Set(operation.answers.keys).union(operation.refusals).sorted()
    return "\(all.map { #"<code>\#(String($0))</code> "# as HTML })"
  }

  private static func fields(_ title: Text, _ schema: Schema) -> HTML? {
    guard case .object(let properties) = schema, !properties.isEmpty else { return nil }
    return """
      <dt>\(text: title)</dt><dd><ul class="fields">
      \(properties.map(field))
      </ul></dd>
      """
  }

  private static func field(_ property: Schema.Property) -> HTML {
    """
    <li><code>\(property.name)</code> <span class="muted">\(property.schema.words)</span>\
    \(property.isRequired ? nil : #" <span class="muted">\#(text: "optional")</span>"# as HTML?)</li>
    """
  }
}

extension Schema {
  /// In JSON's own words.
  fileprivate var words: String {
    switch self {
    case .text(_, let format): format ?? "string"
    case .integer(let range): "integer \(range.lowerBound)–\(range.upperBound)"
    case .boolean: "boolean"
    case .choice(let values): values.map { "\"\($0)\"" }.joined(separator: " | ")
    case .list(let item, _): "[\(item.words)]"
    case .object: "object"
    case .file: "file"
    case .nullable(let schema): schema.words
    }
  }
}
