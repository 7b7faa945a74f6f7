package import Fields
package import HTML

/// What has been typed into a form and what is wrong with it, so that nothing typed is lost.
package struct FilledForm: Sendable {
  private let schema: Schema
  private let given: InputValue
  private let errors: [FieldError]
  /// What a rule says about the whole.
  private let refusal: UserMessage?

  /// - Parameter schema: Of the form's `Fields`: controls take their keyboard and size from it.
  package init(
    _ schema: Schema, given: InputValue = .object([]), errors: [FieldError] = [],
    refusal: UserMessage? = nil
  ) {
    self.schema = schema
    self.given = given
    self.errors = errors
    self.refusal = refusal
  }

  /// One line for text or a number: label above, help under, error beside.
  /// - Parameters:
  ///   - name: Of the field; its `id` too.
  ///   - autocomplete: HTML's name of what a browser may fill in.
  package func field(
    _ name: String, label: Text, help: Text? = nil, autocomplete: String = "off"
  ) -> HTML {
    """
    <div class="field">
    <label for="\(name)">\(text: label)</label>
    <input id="\(name)" name="\(name)" value="\(typed(name))"\(keyboard(for: name)) \
    autocomplete="\(autocomplete)"\(described(name, help: help))>
    \(error(name))\(helping(name, help))
    </div>
    """
  }

  /// Several lines of text.
  package func area(_ name: String, label: Text, help: Text? = nil, rows: Int = 6) -> HTML {
    """
    <div class="field">
    <label for="\(name)">\(text: label)</label>
    <textarea id="\(name)" name="\(name)" rows="\(rows)"\(keyboard(for: name))\
    \(described(name, help: help))>
    \(typed(name))</textarea>
    \(error(name))\(helping(name, help))
    </div>
    """
  }

  /// A colour, chosen from the browser's own palette.
  package func color(_ name: String, label: Text, help: Text? = nil) -> HTML {
    """
    <div class="field">
    <label for="\(name)">\(text: label)</label>
    <input id="\(name)" name="\(name)" type="color" value="\(typed(name))"\(described(name, help: help))>
    \(error(name))\(helping(name, help))
    </div>
    """
  }

  /// What travels with the form unseen, such as the version of what is edited.
  package func hidden(_ name: String) -> HTML {
    #"<input type="hidden" name="\#(name)" value="\#(typed(name))">"#
  }

  /// A secret, which is never sent back: it is typed again.
  package func password(
    _ name: String, label: Text, help: Text? = nil, autocomplete: String
  ) -> HTML {
    """
    <div class="field">
    <label for="\(name)">\(text: label)</label>
    <input id="\(name)" name="\(name)" type="password"\(keyboard(for: name)) \
    autocomplete="\(autocomplete)"\(described(name, help: help))>
    \(error(name))\(helping(name, help))
    </div>
    """
  }

  /// A box to tick, with its words beside it.
  /// - Parameter value: What is sent when it is ticked.
  package func tick(_ name: String, value: String = "true", label: Text) -> HTML {
    """
    <div class="field tick">
    <input id="\(name)" name="\(name)" type="checkbox" value="\(value)"\
    \(attribute: "checked", typed(name) == value ? "" : nil)\(described(name, help: nil))>
    <label for="\(name)">\(text: label)</label>
    \(error(name))
    </div>
    """
  }

  /// One of a few.
  /// - Parameter chosen: Where nothing was sent yet.
  package func select(
    _ name: String, label: Text, help: Text? = nil, chosen: String,
    options: [(value: String, label: Text)]
  ) -> HTML {
    let current = given.part(name) == nil ? chosen : typed(name)
    return """
      <div class="field">
      <label for="\(name)">\(text: label)</label>
      <select id="\(name)" name="\(name)"\(described(name, help: help))>
      \(options.map { option($0.value, $0.label, isChosen: $0.value == current) })
      </select>
      \(error(name))\(helping(name, help))
      </div>
      """
  }

  private func option(_ value: String, _ label: Text, isChosen: Bool) -> HTML {
    """
    <option value="\(value)"\(attribute: "selected", isChosen ? "" : nil)>\(text: label)</option>
    """
  }

  private func problem(_ name: String) -> FieldError? { errors.first { $0.field == name } }

  private func described(_ name: String, help: Text?) -> HTML {
    let isWrong = problem(name) != nil
    let parts = [help == nil ? nil : "\(name)-help", isWrong ? "\(name)-error" : nil]
    let ids = parts.compactMap { $0 }.joined(separator: " ")
    return """
      \(attribute: "aria-describedby", ids.isEmpty ? nil : ids)\
      \(attribute: "aria-invalid", isWrong ? "true" : nil)
      """
  }

  private func error(_ name: String) -> HTML? {
    problem(name).map { #"<p class="error" id="\#(name)-error">\#(text: $0.detail)</p>"# }
  }

  private func helping(_ name: String, _ help: Text?) -> HTML? {
    help.map { #"<p class="help" id="\#(name)-help">\#(text: $0)</p>"# }
  }

  /// A number is a text to the browser: its own number fields refuse Persian digits.
  private func keyboard(for name: String) -> HTML {
    switch schema.part(name) {
    case .text(_, format: "date"): #" type="date""#
    case .text(let length, format: "email"): #" type="email" maxlength="\#(length.upperBound)""#
    case .text(let length, _): #" maxlength="\#(length.upperBound)""#
    case .integer: #" inputmode="numeric""#
    default: ""
    }
  }

  /// Everything that is wrong, each a link to its field; nothing where nothing is.
  /// - Parameter labels: Of the fields by name, as they stand above them.
  package func summary(labels: [String: Text]) -> HTML? {
    guard !errors.isEmpty else { return refusal.map(whole) }
    let message = InvalidInput(errors).userMessage
    return """
      <div class="notice bad summary" role="alert"><strong>\(text: message.happened)</strong>
      <ul>
      \(errors.map { item($0, label: labels[$0.field]) })
      </ul></div>
      """
  }

  private func whole(_ message: UserMessage) -> HTML {
    """
    <div class="notice bad summary" role="alert"><strong>\(text: message.happened)</strong>
    <p>\(text: message.next)</p></div>
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
