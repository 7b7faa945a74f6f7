package import HTML

/// How something stands, told by colour as well as by words.
package enum Tone: String, Sendable {
  case good, warn, bad, info
}

package enum Badge {
  package static func html(_ words: Text, _ tone: Tone? = nil) -> HTML {
    #"<span class="badge \#(tone?.rawValue ?? "")">\#(text: words)</span>"#
  }
}

package enum Notice {
  /// - Parameter next: What to do about it, where there is something to do.
  package static func html(_ happened: Text, next: Text? = nil, _ tone: Tone) -> HTML {
    """
    <div class="notice \(tone.rawValue)"><strong>\(text: happened)</strong>\
    \(next.map { #" <span>\#(text: $0)</span>"# as HTML })</div>
    """
  }
}
