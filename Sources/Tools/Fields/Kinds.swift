package import FoundationEssentials

extension Kind where Value == String {
  /// One line, without the white space around it.
  /// - Parameters: In Unicode scalars.
  package static func text(min: Int = 1, max: Int) -> Kind {
    lines(min: min, max: max) { $0.properties.generalCategory == .control }
  }

  /// Text of several lines, each ended by a line feed, without the white space around the whole.
  package static func multiline(min: Int = 1, max: Int) -> Kind {
    lines(min: min, max: max) {
      $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
    }
  }

  private static func lines(
    min: Int, max: Int, refusing isRefused: @escaping @Sendable (Unicode.Scalar) -> Bool
  ) -> Kind {
    Kind(.text(length: min...max, format: nil)) { given, place, errors in
      guard case .string(let raw) = given else { return place.refuse(.notText, &errors) }
      // Judged by bytes first: nobody has us walk a megabyte in order to refuse it.
      guard raw.utf8.count <= 8 * max + 64 else {
        return place.refuse(.longerThan(max), &errors)
      }
      let text = raw.withPlainLineEnds.trimmed
      let count = text.unicodeScalars.count
      guard count <= max else { return place.refuse(.longerThan(max), &errors) }
      guard count >= min else { return place.refuse(.shorterThan(min), &errors) }
      guard !text.unicodeScalars.contains(where: isRefused) else {
        return place.refuse(.controlCharacters, &errors)
      }
      return text
    }
  }

  /// Text of one form, such as a colour.
  /// - Parameters:
  ///   - format: Its name in the schema.
  ///   - length: In Unicode scalars.
  ///   - read: The text in its one spelling; nil for text of another form.
  package static func matching(
    _ format: String, length: ClosedRange<Int>, read: @escaping @Sendable (String) -> String?
  ) -> Kind {
    let text = text(min: length.lowerBound, max: length.upperBound)
    return Kind(.text(length: length, format: format)) { given, place, errors in
      guard let given = text.value(of: given, at: place, errors: &errors) else { return nil }
      guard let value = read(given) else { return place.refuse(.malformed, &errors) }
      return value
    }
  }

  /// A secret text, taken to the letter: nothing is trimmed and every character counts.
  /// - Parameters: In Unicode scalars.
  package static func password(min: Int = 1, max: Int) -> Kind {
    Kind(.text(length: min...max, format: "password")) { given, place, errors in
      guard case .string(let text) = given else { return place.refuse(.notText, &errors) }
      guard text.utf8.count <= 4 * max, text.unicodeScalars.count <= max else {
        return place.refuse(.longerThan(max), &errors)
      }
      guard text.unicodeScalars.count >= min else {
        return place.refuse(.shorterThan(min), &errors)
      }
      return text
    }
  }

  /// An e-mail address in the usual form; whether it is somebody's, only a mail can tell.
  package static var email: Kind {
    // RFC 5321 allows 254.
    let text = text(max: 254)
    return Kind(.text(length: 1...254, format: "email")) { given, place, errors in
      guard let address = text.value(of: given, at: place, errors: &errors) else { return nil }
      guard address.looksLikeEmail else { return place.refuse(.notAnEmailAddress, &errors) }
      return address
    }
  }

  package static func choice(_ values: [String]) -> Kind {
    Kind(.choice(values)) { given, place, errors in
      guard case .string(let value) = given, values.contains(value) else {
        return place.refuse(.notAChoice, &errors)
      }
      return value
    }
  }
}

extension Kind where Value: RawRepresentable<String> & CaseIterable {
  /// One of an enum's cases.
  package static func choice(of type: Value.Type) -> Kind {
    let values = Kind<String>.choice(type.allCases.map(\.rawValue))
    return Kind(values.schema) { given, place, errors in
      values.value(of: given, at: place, errors: &errors).flatMap(Value.init(rawValue:))
    }
  }
}

extension Kind where Value == Int {
  /// From JSON a number; from a form its digits, Persian and Arabic ones too.
  package static func integer(_ range: ClosedRange<Int>) -> Kind {
    Kind(.integer(range)) { given, place, errors in
      let number: Int? =
        switch given {
        case .number(let digits): Int(digits)
        case .string(let typed): Int(typed.trimmed.withLatinDigits)
        default: nil
        }
      guard let number else { return place.refuse(.notWholeNumber, &errors) }
      guard range.contains(number) else { return place.refuse(.outside(range), &errors) }
      return number
    }
  }
}

extension Kind where Value == Bool {
  /// Absent is false: a form does not send a box that is not ticked.
  package static var bool: Kind {
    Kind(.boolean, absent: .becomes(false)) { given, place, errors in
      switch given {
      case .bool(let value): value
      case .string("on"), .string("true"): true
      case .string("false"): false
      default: place.refuse(.notYesOrNo, &errors)
      }
    }
  }
}

extension Kind {
  /// A moment as RFC 3339 writes it, such as `2026-11-20T16:00:00Z`.
  package static func time() -> Kind<Date> where Value == Date {
    let text = Kind<String>.text(min: 20, max: 35)
    return Kind(.text(length: 20...35, format: "date-time")) { given, place, errors in
      guard let written = text.value(of: given, at: place, errors: &errors) else { return nil }
      guard let time = try? Date(written, strategy: .iso8601) else {
        return place.refuse(.malformed, &errors)
      }
      return time
    }
  }
}

extension Kind {
  package static func uuid() -> Kind<UUID> where Value == UUID {
    let text = Kind<String>.text(min: 36, max: 36)
    return Kind(.text(length: 36...36, format: "uuid")) { given, place, errors in
      guard let written = text.value(of: given, at: place, errors: &errors) else { return nil }
      guard let id = UUID(uuidString: written) else { return place.refuse(.malformed, &errors) }
      return id
    }
  }
}

extension Kind where Value == UploadedFile {
  package static func file(maxBytes: Int) -> Kind {
    Kind(.file(maxBytes: maxBytes)) { given, place, errors in
      guard case .file(let file) = given else { return place.refuse(.notFile, &errors) }
      guard file.sizeInBytes <= maxBytes else {
        return place.refuse(.largerThan(bytes: maxBytes), &errors)
      }
      return file
    }
  }
}

extension Kind {
  /// The same input as another type.
  package func map<Other>(_ change: @escaping @Sendable (Value) -> Other) -> Kind<Other> {
    let absent: Kind<Other>.Absent =
      switch absent {
      case .refused: .refused
      case .becomes(let value): .becomes(change(value))
      }
    return Kind<Other>(schema, absent: absent, blank: blank.map(change)) { given, place, errors in
      value(of: given, at: place, errors: &errors).map(change)
    }
  }

  /// Nil when absent, blank or null.
  package static func optional<Wrapped>(_ kind: Kind<Wrapped>) -> Kind where Value == Wrapped? {
    Kind(.nullable(kind.schema), absent: .becomes(nil)) { given, place, errors in
      // A refusal stays a refusal; it does not become an absent value.
      kind.value(of: given, at: place, errors: &errors).map { .some($0) }
    }
  }

  /// A part of something that is there already: nil when absent, which leaves it as it is.
  /// - Parameter blank: What it becomes when it is given blank or null.
  package static func part<Wrapped>(
    _ kind: Kind<Wrapped>, blank: Wrapped
  ) -> Kind where Value == Wrapped? {
    Kind(.nullable(kind.schema), absent: .becomes(nil), blank: .some(blank)) {
      given, place, errors in
      kind.value(of: given, at: place, errors: &errors).map { .some($0) }
    }
  }

  package static func optional(_ kind: Kind, default value: Value) -> Kind {
    Kind(.nullable(kind.schema), absent: .becomes(value)) { given, place, errors in
      kind.value(of: given, at: place, errors: &errors)
    }
  }

  /// From JSON an array; from a form a name given several times, or parts `0`, `1`, … of the name.
  package static func list<Element>(
    of kind: Kind<Element>, min: Int = 0, max: Int
  ) -> Kind where Value == [Element] {
    let absent: Absent = min == 0 ? .becomes([]) : .refused
    return Kind(.list(of: kind.schema, count: min...max), absent: absent) { given, place, errors in
      guard let items = given.items(atMost: max + 1) else {
        return place.refuse(.notList, &errors)
      }
      guard items.count <= max else { return place.refuse(.moreThan(max), &errors) }
      guard items.count >= min else { return place.refuse(.fewerThan(min), &errors) }
      let values = items.enumerated().compactMap { index, item in
        kind.value(of: item, at: place.part("\(index)"), errors: &errors)
      }
      return values.count == items.count ? values : nil
    }
  }

  /// Fields within a field.
  package static func object(_ fields: Fields<Value>) -> Kind {
    Kind(fields.schema) { given, place, errors in
      fields.read(given, at: place, errors: &errors)
    }
  }
}

extension InputValue {
  fileprivate func items(atMost limit: Int) -> [InputValue]? {
    switch self {
    case .array(let items): return items
    case .object:
      let items = (0..<limit).lazy.map { self.part("\($0)") }.prefix { $0 != nil }.compactMap { $0 }
      return items.isEmpty ? nil : Array(items)
    case .string, .number, .file: return [self]
    case .bool, .null: return nil
    }
  }
}
