package import HTML

/// What a person is told away from any page, before it has a language and a form.
package struct Notice: Sendable {
  package struct Button: Sendable {
    let label: Text
    /// Absolute, and made by us alone: nothing looks at it again.
    let address: String

    package init(label: Text, address: String) {
      self.label = label
      self.address = address
    }
  }

  package let subject: Text
  package let heading: Text
  package let paragraphs: [Text]
  package let button: Button?
  /// What to do where this was not expected, or why it came.
  package let footnote: Text?

  package init(
    subject: Text, heading: Text, paragraphs: [Text], button: Button? = nil, footnote: Text? = nil
  ) {
    self.subject = subject
    self.heading = heading
    self.paragraphs = paragraphs
    self.button = button
    self.footnote = footnote
  }
}
