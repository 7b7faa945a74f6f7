package import HTML

/// What a person sees instead of the page they asked for.
package enum ErrorPage {
  /// - Parameters:
  ///   - status: Of HTTP, 400 to 599.
  ///   - message: What the feature says; without one, what the status means.
  ///   - way: Where to go from here.
  ///   - requestID: Finds the log line.
  package static func page(
    status: Int, message: UserMessage? = nil, way: Way = .toFrontPage, requestID: String,
    in frame: Frame
  ) -> HTML {
    let message = message ?? Self.message(for: status)
    return Page(
      title: message.happened,
      main: """
        <div class="wrap"><div class="alone">
        \(Badge.html("Error \(status)", status >= 500 ? .bad : .warn))
        <h1>\(text: message.happened)</h1>
        <p class="lede">\(text: message.next)</p>
        <p class="actions"><a class="button" href="\(url: way.path)">\(text: way.words)</a></p>
        <p class="help">\(text: "If you ask us about this, give this number:")
        <span class="code" dir="ltr">\(requestID)</span></p>
        </div></div>
        """
    ).html(in: frame)
  }

  /// The button under the message.
  package struct Way: Sendable {
    let path: String
    let words: Text

    package static let toFrontPage = Way(path: "/", words: "Go to the front page")
    static let toSecondFactor = Way(
      path: Site.secondFactorPath, words: "Set up your second factor")
  }

  /// On a host that is nobody's: without a way to anywhere.
  package static func bare(_ message: UserMessage, in frame: Frame) -> HTML {
    Document(
      title: message.happened, description: nil, styles: [], kind: nil, isOurs: false,
      body: """
        <main id="main" tabindex="-1"><div class="wrap"><div class="alone">
        <h1>\(text: message.happened)</h1>
        <p class="lede">\(text: message.next)</p>
        </div></div></main>
        """
    ).html(in: frame)
  }

  /// What a status means.
  package static func message(for status: Int) -> UserMessage {
    switch status {
    case 401:
      UserMessage("This page is for people who are signed in.", next: "Sign in and open it again.")
    case 403:
      UserMessage(
        "You may not open this page.", next: "Ask whoever runs the shop to give you access.")
    case 404, 410:
      UserMessage(
        "There is no page at this address.",
        next: "Check the address, or start from the front page.")
    case 405:
      UserMessage("This address is not opened this way.", next: "Start from the front page.")
    case 408:
      UserMessage(
        "Your request took too long to arrive.", next: "Check the connection and try again.")
    case 413:
      UserMessage("That is more than this page takes.", next: "Send a smaller file or less text.")
    case 415:
      UserMessage("This page cannot read that kind of file.", next: "Send another kind.")
    case 429:
      UserMessage(
        "That was too many requests in a short time.", next: "Wait a minute and try again.")
    case 503:
      UserMessage(
        "Martlet is busy or being updated.", next: "Wait a few seconds and load the page again.")
    case 500...:
      UserMessage(
        "Something on our side went wrong, and it is in our log.",
        next: "Try again. If it stays, tell us the number below.")
    default:
      UserMessage("This request cannot be read.", next: "Go back, check what you sent, try again.")
    }
  }
}
