/// Looks for what makes a page unsound, without being a browser.
struct Markup {
  private(set) var mistakes: [String] = []
  private var open: [String] = []
  private var ids: Set<String> = []
  private var references: Set<String> = []

  init(_ html: String) {
    let tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[A-Za-z-]+(?:="[^"]*")?)*)\s*(\/?)>/
    let tags = html.matches(of: tag)
    for match in tags {
      let (_, slash, name, attributes, selfClosing) = match.output
      if slash.isEmpty {
        read(String(attributes), of: String(name))
        if selfClosing.isEmpty, !Self.void.contains(String(name)) { open.append(String(name)) }
      } else if open.last == String(name) {
        open.removeLast()
      } else {
        mistakes.append("</\(name)> closes <\(open.last ?? "nothing")>")
      }
    }
    // All but the document type.
    let unread = html.matches(of: /<[\/a-z!]/).count - 1 - tags.count
    if unread > 0 { mistakes.append("\(unread) tags cannot be read") }
    mistakes += open.map { "<\($0)> stays open" }
    mistakes += references.subtracting(ids).sorted().map { "#\($0) is not there" }
  }

  private static let void: Set = ["br", "hr", "img", "input", "link", "meta"]

  private mutating func read(_ attributes: String, of tag: String) {
    var seen: Set<Substring> = []
    for match in attributes.matches(of: /([A-Za-z-]+)(?:="([^"]*)")?/) {
      let (name, value) = (match.output.1, String(match.output.2 ?? ""))
      if !seen.insert(name).inserted { mistakes.append("\(name) twice in <\(tag)>") }
      switch name {
      case "id":
        if !ids.insert(value).inserted { mistakes.append("id \(value) twice") }
      case "for": references.insert(value)
      case "aria-labelledby", "aria-describedby":
        references.formUnion(value.split(separator: " ").map(String.init))
      case "href": if value.hasPrefix("#") { references.insert(String(value.dropFirst())) }
      default: break
      }
    }
  }
}
