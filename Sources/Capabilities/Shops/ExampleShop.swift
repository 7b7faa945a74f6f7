internal import HTML
import Money

/// A picture of one product on both faces, drawn in markup so that it speaks the reader's language
/// and follows their colours. To a screen reader it is one picture.
enum ExampleShop {
  static var html: HTML {
    let description: Text = "The same tea in a shop on the web and in a Telegram chat"
    return """
      <div class="scene" role="img" aria-label="\(text: description)">
      \(site)
      \(chat)
      </div>
      """
  }

  private static let price: Text = "\(short: Money(minorUnits: 14_00, currency: .usd))"

  private static var site: HTML {
    """
    <div class="scene-site">
    <p class="scene-bar"><i></i><i></i><i></i><span dir="ltr">\("nila.example")</span></p>
    \(teacup)
    <div class="scene-words">
    <p><b>\(text: "Assam, second flush")</b></p>
    <p class="muted">\(text: "Loose leaf, 250 g")</p>
    <p><b>\(text: price)</b></p>
    <p class="scene-button">\(text: "Add to cart")</p>
    </div>
    </div>
    """
  }

  private static var chat: HTML {
    """
    <div class="scene-chat">
    <p class="scene-who"><i>\(text: "N")</i><span><b>\(text: "Nila Tea")</b><br>\
    <span class="muted">\(text: "bot")</span></span></p>
    <p class="bubble">\(text: "Assam, second flush. \(price), 12 left.")</p>
    <p class="bubble mine">\(text: "One, please")</p>
    <p class="bubble"><b class="good">\(text: "Paid.")</b> \(text: "We post it today.")</p>
    </div>
    """
  }

  private static let teacup: HTML = """
    <svg class="scene-picture" viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice">
    <rect class="p1" width="320" height="180"/>
    <circle class="p2" cx="214" cy="66" r="42"/>
    <path class="p3" d="M0 140c60-22 118-26 176-12s104 14 144-6v60H0Z"/>
    <path class="p4" d="M84 88h86v34a34 34 0 0 1-34 34h-18a34 34 0 0 1-34-34Z"/>
    <path class="p5" d="M170 96h10a20 20 0 0 1 0 40h-12"/>
    <path class="p6" d="M110 74c-6-8 6-12 0-22M132 74c-6-8 6-12 0-22M154 74c-6-8 6-12 0-22"/>
    </svg>
    """
}
