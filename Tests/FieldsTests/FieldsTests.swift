import Fields
import Foundation
import HTML
import Testing

@Suite struct `Reading an input` {
  enum Size: String, CaseIterable { case small, large }

  struct Line: Equatable {
    let product: String
    let quantity: Int
    static let fields = Fields(
      Field("product", .text(max: 20)), Field("quantity", .integer(1...99)), as: Line.init)
  }

  struct Order: Equatable {
    let name: String
    let email: String?
    let size: Size
    let isGift: Bool
    let tags: [String]
    let lines: [Line]
    let page: Int

    static let fields = Fields(
      Field("name", .text(min: 2, max: 10)),
      Field("email", .optional(.email)),
      Field("size", .choice(of: Size.self)),
      Field("is_gift", .bool),
      Field("tags", .list(of: .text(max: 5), max: 3)),
      Field("lines", .list(of: .object(Line.fields), min: 1, max: 2)),
      Field("page", .optional(.integer(1...100), default: 1)),
      as: Order.init)
  }

  private let expected = Order(
    name: "Amina", email: "amina@example.com", size: .large, isGift: true, tags: ["a", "b"],
    lines: [Line(product: "tea", quantity: 2), Line(product: "cup", quantity: 3)], page: 4)

  @Test func `takes JSON`() throws {
    let line = { (product: String, quantity: String) -> InputValue in
      .object([.init("product", .string(product)), .init("quantity", .number(quantity))])
    }
    let input = InputValue.object([
      .init("name", .string("Amina")), .init("email", .string("amina@example.com")),
      .init("size", .string("large")), .init("is_gift", .bool(true)),
      .init("tags", .array([.string("a"), .string("b")])),
      .init("lines", .array([line("tea", "2"), line("cup", "3")])), .init("page", .number("4")),
      .init("unknown", .string("ignored")),
    ])
    #expect(try Order.fields.parse(input) == expected)
  }

  @Test func `takes the same from a form`() throws {
    let input = form(
      "name", " Amina ", "email", "amina@example.com", "size", "large", "is_gift", "on",
      "tags", "a", "tags", "b", "lines.0.product", "tea", "lines.0.quantity", "2",
      "lines.1.product", "cup", "lines.1.quantity", "۳", "page", "4", "unknown", "ignored")
    #expect(try Order.fields.parse(input) == expected)
  }

  @Test func `leaves out what may be left out, empty boxes too`() throws {
    let input = form(
      "name", "Amina", "email", "  ", "size", "small", "lines.0.product", "tea",
      "lines.0.quantity", "1", "page", "")
    let order = try Order.fields.parse(input)
    #expect(order.email == nil)
    #expect(order.isGift == false)
    #expect(order.tags == [])
    #expect(order.page == 1)
  }

  @Test func `names everything that is wrong at once, where it is`() {
    let input = form(
      "name", "A", "email", "amina", "size", "huge", "is_gift", "maybe", "tags", "a", "tags",
      "longer", "lines.0.quantity", "100", "page", "0")
    let refused = #expect(throws: InvalidInput.self) { try Order.fields.parse(input) }
    #expect(
      refused?.errors == [
        FieldError(field: "name", reason: .shorterThan(2)),
        FieldError(field: "email", reason: .notAnEmailAddress),
        FieldError(field: "size", reason: .notAChoice),
        FieldError(field: "is_gift", reason: .notYesOrNo),
        FieldError(field: "tags.1", reason: .longerThan(5)),
        FieldError(field: "lines.0.product", reason: .missing),
        FieldError(field: "lines.0.quantity", reason: .outside(1...99)),
        FieldError(field: "page", reason: .outside(1...100)),
      ])
    #expect(refused?.code == "invalid_fields")
    #expect(refused?.status == 422)
  }

  @Test(arguments: [InputValue.null, .string("x"), .array([]), .number("1")])
  func `refuses what has no fields`(input: InputValue) {
    #expect(throws: InvalidInput([FieldError(field: "", reason: .notObject)])) {
      try Line.fields.parse(input)
    }
  }

  private func form(_ namesAndValues: String...) -> InputValue {
    .form(
      stride(from: 0, to: namesAndValues.count, by: 2).map {
        InputValue.Member(namesAndValues[$0], .string(namesAndValues[$0 + 1]))
      })
  }
}

@Suite struct `Reading one field` {
  private func read<Value>(
    _ kind: Kind<Value>, _ given: InputValue
  ) throws(InvalidInput) -> Value {
    try Fields(Field("it", kind), as: { $0 }).parse(.object([.init("it", given)]))
  }

  private func reason<Value>(_ kind: Kind<Value>, _ given: InputValue) -> FieldError.Reason? {
    do {
      _ = try read(kind, given)
      return nil
    } catch {
      return error.errors[0].reason
    }
  }

  @Test func `measures text as PostgreSQL and JSON Schema do, by Unicode scalars`() throws {
    #expect(try read(.text(max: 3), .string("سهر")) == "سهر")
    #expect(reason(.text(max: 3), .string("سهره")) == .longerThan(3))
    #expect(
      reason(.text(max: 3), .string(String(repeating: "x", count: 1_000_000))) == .longerThan(3))
    #expect(reason(.text(max: 3), .number("1")) == .notText)
  }

  @Test(arguments: ["a\u{0}b", "a\nb", "a\u{7F}b", "a\u{85}b"])
  func `keeps control characters out of a line`(text: String) {
    #expect(reason(.text(max: 10), .string(text)) == .controlCharacters)
  }

  @Test func `keeps the lines of several lines, ended one way`() throws {
    #expect(try read(.multiline(max: 20), .string("a\r\nb\r\n\r\nc\n")) == "a\nb\n\nc")
    #expect(reason(.multiline(max: 20), .string("a\u{0}")) == .controlCharacters)
  }

  @Test(arguments: [
    "a", "1.0", "1e3", "", "99999999999999999999", "٣x", "0x10", "1 000", "+", "true",
  ])
  func `takes whole numbers only`(text: String) {
    #expect(reason(.integer(0...100), .string(text)) == (text.isEmpty ? .missing : .notWholeNumber))
  }

  @Test func `reads the digits of a Persian and an Arabic keyboard`() throws {
    #expect(try read(.integer(0...10_000), .string(" ۱۲۳۴ ")) == 1_234)
    #expect(try read(.integer(0...10_000), .string("٥٦٧")) == 567)
    #expect(try read(.integer(-5...5), .number("-3")) == -3)
  }

  @Test(arguments: [
    "amina", "@example.com", "amina@", "a@b", "a@b@c.d", "a b@c.d", "a@.com", "a@com.", "a@b..c",
  ])
  func `tells what cannot be an e-mail address`(text: String) {
    #expect(reason(.email, .string(text)) == .notAnEmailAddress)
  }

  @Test func `bounds a list before it reads its items`() {
    let items = InputValue.array(Array(repeating: .number("x"), count: 4))
    #expect(reason(.list(of: .integer(0...1), max: 3), items) == .moreThan(3))
    #expect(
      reason(.list(of: .integer(0...1), min: 2, max: 3), .array([.number("1")])) == .fewerThan(2))
    #expect(reason(.list(of: .integer(0...1), max: 3), .bool(true)) == .notList)
  }

  @Test func `takes a file up to its size, and no box left empty`() throws {
    let file = UploadedFile(name: "a.png", contentType: "image/png", path: "/x", sizeInBytes: 2_048)
    let none = UploadedFile(name: "", contentType: "", path: "/y", sizeInBytes: 0)
    #expect(try read(.file(maxBytes: 2_048), .file(file)) == file)
    #expect(reason(.file(maxBytes: 2_047), .file(file)) == .largerThan(bytes: 2_047))
    #expect(reason(.file(maxBytes: 1), .file(none)) == .missing)
    #expect(reason(.file(maxBytes: 1), .string("a.png")) == .notFile)
  }

  @Test func `tells a part that is left out from one that is emptied`() throws {
    let fields = Fields(Field("it", .part(.text(max: 9), blank: "")), as: { $0 })
    #expect(try fields.parse(.object([])) == nil)
    for blank in [InputValue.null, .string(""), .string(" ")] {
      #expect(try fields.parse(.object([.init("it", blank)])) == "")
    }
    #expect(try fields.parse(.object([.init("it", .string("x"))])) == "x")
    #expect(reason(.part(.text(max: 9), blank: ""), .number("1")) == .notText)
    let choice = Fields(
      Field("it", .part(.optional(.choice(["a"])), blank: nil).map { $0 }), as: { $0 })
    #expect(try choice.parse(.object([.init("it", .null)])) == .some(nil))
    #expect(try choice.parse(.object([])) == String??.none)
  }
}

@Suite struct `Describing an input` {
  @Test func `writes JSON Schema`() throws {
    struct Value {
      let a: String
      let b: Int?
      let c: [Bool]
      let d: String
      let e: UploadedFile
    }
    let fields = Fields(
      Field("a", .text(min: 2, max: 80)), Field("b", .optional(.integer(1...9))),
      Field("c", .list(of: .bool, min: 1, max: 3)), Field("d", .choice(["x", "y"])),
      Field("e", .file(maxBytes: 10)), as: Value.init)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(fields.schema), as: UTF8.self)
    #expect(
      json == """
        {"properties":{\
        "a":{"maxLength":80,"minLength":2,"type":"string"},\
        "b":{"anyOf":[{"maximum":9,"minimum":1,"type":"integer"},{"type":"null"}]},\
        "c":{"items":{"type":"boolean"},"maxItems":3,"minItems":1,"type":"array"},\
        "d":{"enum":["x","y"],"type":"string"},\
        "e":{"format":"binary","maxLength":10,"type":"string"}},\
        "required":["a","c","d","e"],"type":"object"}
        """)
  }
}
