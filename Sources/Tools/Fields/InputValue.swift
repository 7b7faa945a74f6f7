/// What a client sent, before anybody knows what it should have been: the one shape that a JSON
/// body, a URL-encoded form, a multipart form and a query string are all read into.
package indirect enum InputValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// The digits as JSON spelled them, such as `1.50` or `6e2`: nothing has been rounded.
  case number(String)
  case string(String)
  case array([InputValue])
  /// In the order received. A body parser refuses a repeated key.
  case object([Member])
  case file(UploadedFile)

  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: InputValue

    package init(_ name: String, _ value: InputValue) {
      self.name = name
      self.value = value
    }
  }
}

/// A file from a multipart form, already on disk. Nothing here but `path` and `sizeInBytes` is
/// known to be true: name and type are the client's word.
package struct UploadedFile: Sendable, Equatable {
  /// As the client called it; empty when it did not say. Never part of a path of ours.
  package let name: String
  /// As the client labelled it, such as `image/png`.
  package let contentType: String
  /// Where the bytes wait. The server removes the file when the request ends.
  package let path: String
  package let sizeInBytes: Int

  package init(name: String, contentType: String, path: String, sizeInBytes: Int) {
    self.name = name
    self.contentType = contentType
    self.path = path
    self.sizeInBytes = sizeInBytes
  }
}

extension InputValue {
  /// The pairs of a query string or a form, in the order received. A name given once is a value,
  /// given more often an array. Parts of parts are named by their path, such as `address.city` and
  /// `lines.0.quantity`; `Fields` finds them there.
  package static func form(_ pairs: [Member]) -> InputValue {
    var order: [String] = []
    var values: [String: [InputValue]] = [:]
    for pair in pairs {
      if values[pair.name] == nil { order.append(pair.name) }
      values[pair.name, default: []].append(pair.value)
    }
    return .object(
      order.map { name in
        let given = values[name] ?? []
        return Member(name, given.count == 1 ? given[0] : .array(given))
      })
  }

  /// The part of an object called `name`: itself, or gathered from a form's flat names.
  package func part(_ name: String) -> InputValue? {
    guard case .object(let members) = self else { return nil }
    if let member = members.first(where: { $0.name == name }) { return member.value }
    let parts = members.filter { $0.name.hasPrefix("\(name).") }.map {
      Member(String($0.name.dropFirst(name.count + 1)), $0.value)
    }
    return parts.isEmpty ? nil : .object(parts)
  }

  /// Whether there is nothing to read: an empty box in a form is sent as an empty text.
  var isBlank: Bool {
    switch self {
    case .null: true
    case .string(let text): text.allSatisfy(\.isWhitespace)
    case .file(let file): file.sizeInBytes == 0 && file.name.isEmpty
    case .bool, .number, .array, .object: false
    }
  }
}
