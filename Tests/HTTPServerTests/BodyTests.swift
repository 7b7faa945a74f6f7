import Fields
import Foundation
import Testing

@testable import HTTPServer

@Suite(.serialized) struct `JSON bodies` {
  private func parse(_ text: String) throws -> InputValue { try JSONParser.parse(Array(text.utf8)) }

  @Test func `are read without rounding anything`() throws {
    let text = #" {"a": [1.50, -0, 6e2, 9007199254740993], "b": {"c": null}, "d": [true, false]} "#
    #expect(
      try parse(text)
        == .object([
          .init(
            "a",
            .array([
              .number("1.50"), .number("-0"), .number("6e2"), .number("9007199254740993"),
            ])), .init("b", .object([.init("c", .null)])),
          .init("d", .array([.bool(true), .bool(false)])),
        ]))
  }

  @Test(arguments: [
    (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9""#, "é"), (#""é""#, "é"),
    (#""\ud83d\ude00""#, "😀"), (#""😀""#, "😀"), (#""""#, ""), (#""x\u0041y""#, "xAy"),
    (#""\u2028""#, "\u{2028}"),
  ])
  func `decode strings`(text: String, value: String) throws {
    #expect(try parse(text) == .string(value))
  }

  @Test(arguments: [
    "", " ", "{", "[", "\"", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[,1]", "{,}", "1 2",
    "01",
    "1.", ".5", "+1", "-", "1e", "1e+", "0x1", "NaN", "Infinity", "nul", "tru", "True", "'a'",
    "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}", "[1 2]", "\"\\x\"", "\"\\u12\"",
    "\"\\ud800\"",
    "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\u0000\"", "\"a\nb\"", "\"a\u{0}b\"",
    "\u{FEFF}{}", "/**/1", "1//", "[1]]", "{\"\\u0061\":1,\"a\":2}",
  ])
  func `refuse what RFC 8259 does not have`(text: String) {
    #expect(throws: HTTPError.malformedBody) { try parse(text) }
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xC3, 0x22],
    ] as [[UInt8]])
  func `refuse text that is not UTF-8`(bytes: [UInt8]) {
    #expect(throws: HTTPError.malformedBody) { try JSONParser.parse(bytes) }
  }

  @Test func `refuse depth, values and digits beyond their limits`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(JSONParser.maximumDepth))
    #expect(throws: HTTPError.malformedBody) { try parse(nested(JSONParser.maximumDepth + 2)) }
    #expect(throws: HTTPError.malformedBody) { try parse(nested(100_000)) }
    #expect(throws: HTTPError.malformedBody) {
      try parse(String(repeating: "{\"a\":", count: 100_000))
    }
    #expect(throws: HTTPError.malformedBody) {
      try parse("[" + String(repeating: "0,", count: JSONParser.maximumValues) + "0]")
    }
    #expect(throws: HTTPError.malformedBody) {
      try parse(String(repeating: "1", count: JSONParser.maximumNumberLength + 1))
    }
  }

  /// Foundation is the second opinion: what we take, it takes, and means the same.
  @Test(arguments: UInt64(1)...40)
  func `agree with Foundation about random text`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("{}[]:,\"\\u0019.e-+ntfalsrue \né")
    for _ in 0..<200 {
      let text = String(
        (0..<Int.random(in: 1...12, using: &random)).map { _ in
          alphabet.randomElement(using: &random)!
        })
      guard let ours = try? parse(text) else { continue }
      let theirs = try JSONSerialization.jsonObject(
        with: Data(text.utf8), options: .fragmentsAllowed)
      #expect(isSame(ours, theirs), "\(text)")
    }
  }

  private func isSame(_ ours: InputValue, _ theirs: Any) -> Bool {
    switch ours {
    case .null: return theirs is NSNull
    case .bool(let value): return (theirs as? Bool) == value
    case .number(let text): return (theirs as? NSNumber)?.doubleValue == Double(text)
    case .string(let text): return (theirs as? String) == text
    case .array(let values):
      guard let other = theirs as? [Any], other.count == values.count else { return false }
      return zip(values, other).allSatisfy { isSame($0, $1) }
    case .object(let members):
      guard let other = theirs as? [String: Any], other.count == members.count else { return false }
      return members.allSatisfy { member in
        other[member.name].map { isSame(member.value, $0) } ?? false
      }
    case .file: return false
    }
  }
}

@Suite(.serialized) struct `URL-encoded forms` {
  private func parse(_ text: String) throws -> InputValue { try FormParser.parse(Array(text.utf8)) }

  @Test func `are pairs, and a name given twice is a list`() throws {
    #expect(
      try parse("a=1&b=x+y%26%C3%A9&a=2&c&=d&&")
        == .object([
          .init("a", .array([.string("1"), .string("2")])), .init("b", .string("x y&é")),
          .init("c", .string("")), .init("", .string("d")),
        ]))
    #expect(try parse("") == .object([]))
  }

  @Test(arguments: ["a=%", "a=%2", "a=%GG", "a=%00", "%FF=1", "a=\u{0}", "a=%C3"])
  func `refuse what cannot be decoded`(text: String) {
    #expect(throws: HTTPError.malformedBody) { try parse(text) }
  }

  @Test func `refuse more pairs than anybody needs`() throws {
    let many = (0...FormParser.maximumPairs).map { "a\($0)=1" }
    #expect(throws: HTTPError.malformedBody) { try parse(many.joined(separator: "&")) }
    _ = try parse(many.dropLast().joined(separator: "&"))
  }

  @Test(arguments: UInt64(1)...100)
  func `give back whatever was encoded`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("aé&=+% /\u{1}😀")
    let members = (0..<5).map { index in
      InputValue.Member(
        "\(index)",
        .string(
          String((0..<8).map { _ in alphabet.randomElement(using: &random)! })))
    }
    let text = members.map { member in
      guard case .string(let value) = member.value else { return "" }
      let encoded = value.utf8.map { "%" + (($0 < 16 ? "0" : "") + String($0, radix: 16)) }.joined()
      return "\(member.name)=\(encoded)"
    }
    #expect(try parse(text.joined(separator: "&")) == .object(members))
  }
}

@Suite(.serialized) struct `Multipart forms` {
  private let boundary = "----x9"
  private let form = [
    "preamble", "------x9", "Content-Disposition: form-data; name=\"title\"", "", "Blue\r\n shirt",
    "------x9", "content-disposition:form-data; NAME=photo; filename=\"a \\\"b;.png\"",
    "Content-Type: image/png", "", "\r\n--\r\n------x\r\n------x8bytes\r", "------x9",
    "Content-Disposition: form-data; name=\"none\"; filename=\"\"",
    "Content-Type: application/octet-stream", "", "", "------x9",
    "Content-Disposition: form-data; name=\"title\"", "", "", "------x9--", "epilogue",
  ].joined(separator: "\r\n")

  /// Feeds the form in pieces and reads the file back.
  private func parse(
    _ text: String, cutAt cuts: [Int] = [], limits: UploadLimits = UploadLimits()
  ) throws -> [String] {
    let folder = try TemporaryFolder()
    let parser = try #require(
      MultipartParser(
        boundary: boundary, limits: limits, files: TemporaryFiles(in: folder.path)))
    let bytes = Array(text.utf8)
    var start = 0
    for end in cuts + [bytes.count] {
      try bytes[start..<end].withUnsafeBytes { try parser.receive($0) }
      start = end
    }
    guard case .object(let members) = try parser.finish() else { return [] }
    return try members.flatMap { member in try describe(member.name, member.value) }
  }

  private func describe(_ name: String, _ value: InputValue) throws -> [String] {
    switch value {
    case .string(let text): return ["\(name)=\(text)"]
    case .array(let values): return try values.flatMap { try describe(name, $0) }
    case .file(let file):
      let content = try String(contentsOfFile: file.path, encoding: .utf8)
      #expect(file.sizeInBytes == content.utf8.count)
      return ["\(name)=\(file.name) \(file.contentType) \(content)"]
    default: return []
    }
  }

  private let expected = [
    "title=Blue\r\n shirt", "title=",
    "photo=a \"b;.png image/png \r\n--\r\n------x\r\n------x8bytes\r",
  ]

  @Test func `are the same wherever the network cuts them`() throws {
    #expect(try parse(form) == expected)
    for cut in 0...form.utf8.count { #expect(try parse(form, cutAt: [cut]) == expected, "\(cut)") }
    #expect(try parse(form, cutAt: Array(0...form.utf8.count)) == expected)
  }

  @Test(arguments: UInt64(1)...50)
  func `are the same cut anyhow`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let cuts = (0..<Int.random(in: 2...20, using: &random)).map { _ in
      Int.random(in: 0...form.utf8.count, using: &random)
    }
    #expect(try parse(form, cutAt: cuts.sorted()) == expected)
  }

  private func part(_ header: String, _ content: String = "x") -> String {
    "------x9\r\n\(header)\r\n\r\n\(content)\r\n------x9--"
  }

  @Test(arguments: [
    "", "------x9", "------x9--x", "------x9 \r\n", "no boundary at all",
    "------x9\r\nContent-Disposition: form-data; name=a\r\n\r\nnever closed",
  ])
  func `refuse a form that is not whole`(text: String) throws {
    guard text != "------x9--x" else { return #expect(try parse(text) == []) }
    #expect(throws: HTTPError.malformedBody) { try parse(text) }
  }

  @Test(arguments: [
    "Content-Type: text/plain", "Content-Disposition: form-data", "nonsense",
    "Content-Disposition: attachment; name=a", "Content-Disposition: form-data; name=a; name=b",
    "Content-Disposition: form-data; name=\"a\u{0}b\"", "Content-Disposition: form-data; name",
  ])
  func `refuse a part without its name`(header: String) throws {
    #expect(throws: HTTPError.malformedBody) { try parse(part(header)) }
  }

  @Test func `keep to their limits`() throws {
    let field = "Content-Disposition: form-data; name=a"
    let file = field + "; filename=f"
    var limits = UploadLimits(maximumParts: 1, maximumFileBytes: 4, maximumFieldBytes: 4)
    #expect(try parse(part(field, "1234"), limits: limits) == ["a=1234"])
    #expect(throws: HTTPError.bodyTooLarge) { try parse(part(field, "12345"), limits: limits) }
    #expect(throws: HTTPError.bodyTooLarge) { try parse(part(file, "12345"), limits: limits) }
    limits.maximumParts = 0
    #expect(throws: HTTPError.bodyTooLarge) { try parse(part(field), limits: limits) }
    #expect(throws: HTTPError.headerFieldsTooLarge) {
      try parse(part(field + String(repeating: "x", count: 9000)))
    }
    #expect(throws: HTTPError.malformedBody) {
      try parse(part(field, "\u{0}"))
    }
  }

  @Test(arguments: 0...4)
  func `take the longest header wherever its end is cut`(received: Int) throws {
    let field = "Content-Disposition: form-data; name=a; padding="
    let most = MultipartParser.maximumPartHeaderBytes
    let header = field + String(repeating: "x", count: most - field.utf8.count)
    let cut = "------x9\r\n".utf8.count + most + received
    #expect(try parse(part(header), cutAt: [cut]) == ["a=x"])
    #expect(throws: HTTPError.headerFieldsTooLarge) { try parse(part(header + "x"), cutAt: [cut]) }
  }

  @Test func `leave no file behind`() throws {
    let folder = try TemporaryFolder()
    var files: TemporaryFiles? = TemporaryFiles(in: folder.path)
    let file = try #require(files?.create())
    #expect(file.append([1, 2, 3]))
    #expect(folder.names.count == 1)
    files = nil
    #expect(folder.names.isEmpty)
  }

  @Test func `say so when there is nowhere to put a file`() throws {
    let parser = try #require(
      MultipartParser(
        boundary: boundary, limits: UploadLimits(), files: TemporaryFiles(in: "/nowhere")))
    let text = part("Content-Disposition: form-data; name=a; filename=f")
    #expect(throws: HTTPError.insufficientStorage) {
      try Array(text.utf8).withUnsafeBytes { try parser.receive($0) }
    }
  }
}
