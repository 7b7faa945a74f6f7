package import Fields
package import HTML

/// What has been typed into a form and what is wrong with it, so that nothing typed is lost.
package struct FilledForm: Sendable {
  private let schema: Schema
  private let given: InputValue
  private let errors: [FieldError]

  /// - Parameter schema: Of the form's `Fields`: controls take their keyboard and size from it.
  package init(_ schema: Schema, given: InputValue, errors: [FieldError] = []) {
    self.schema = schema
    self.given = given
    self.errors = errors
  }

  /// One line for text or a number: label above, help under, error beside.
  /// - Parameters:
  ///   - name: Of the field; its `id` too.
  ///   - autocomplete: HTML's name of what a browser may fill in.
  package func field(
    _ name: String, label: Text, help: Text? = nil, autocomplete: String = "off"
  ) -> HTML {
    let error = errors.first { $0.field == name }
    let described = [help == nil ? nil : "\(name)-help", error == nil ? nil : "\(name)-error"]
      .compactMap { $0 }.joined(separator: " ")
    return """
      <div class="field">
      <label for="\(name)">\(text: label)</label>
      <input id="\(name)" name="\(name)" value="\(typed(name))"\(keyboard(for: name)) \
      autocomplete="\(autocomplete)"\
      \(attribute: "aria-describedby", described.isEmpty ? nil : described)\
      \(attribute: "aria-invalid", error == nil ? nil : "true")>
      \(error.map { #"<p class="error" id="\#(name)-error">\#(text: $0.detail)</p>"# as HTML })\
      \(help.map { #"<p class="help" id="\#(name)-help">\#(text: $0)</p>"# as HTML })
      </div>
      """
  }

  /// A number is a text to the browser: its own number fields refuse Persian digits.
  private func keyboard(for name: String) -> HTML {
    switch schema.part(name) {
    case .text(let length, format: "email"): #" type="email" maxlength="\#(length.upperBound)""#
    case .text(let length, _): #" maxlength="\#(length.upperBound)""#
    case .integer: #" inputmode="numeric""#
    default: ""
    }
  }

  /// Everything that is wrong, each a link to its field; nothing where nothing is.
  /// - Parameter labels: Of the fields by name, as they stand above them.
  package func summary(labels: [String: Text]) -> HTML? {
    guard !errors.isEmpty else { return nil }
    let message = InvalidInput(errors).userMessage
    return """
      <div class="notice bad summary" role="alert"><strong>\(text: message.happened)</strong>
      <ul>
      \(errors.map { item($0, label: labels[$0.field]) })
      </ul></div>
      """
  }

  private func item(_ error: FieldError, label: Text?) -> HTML {
    """
    <li><a href="\(url: "#\(error.field)")">\(text: label ?? "\(error.field)")</a>: \
    \(text: error.detail)</li>
    """
  }

  private func typed(_ name: String) -> String {
    switch given.part(name) {
    case .string(let text), .number(let text): text
    default: ""
    }
  }
}
