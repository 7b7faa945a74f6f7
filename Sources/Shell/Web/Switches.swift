package import HTML

/// The reader's choices that every frame has a place for.
package enum Switches {
  package static func languages(in frame: Frame) -> HTML { Header.languages(in: frame) }
  package static func themes(in frame: Frame) -> HTML { Footer.themes(in: frame) }
}
