import Fields
import FoundationEssentials

@testable import HTTPServer

#if canImport(Glibc)
  import Glibc
#endif

/// Multipart forms: limits hold, files hold what was sent and are removed, and nothing depends on where
/// the network cut the body.
///
/// The first byte of an input is the size of the pieces in which the rest comes in.
enum MultipartProperties {
  private static let limits = UploadLimits(
    maximumParts: 4, maximumFileBytes: 64, maximumFieldBytes: 32)
  /// Empty between inputs, and removed at the end of the process.
  private static let folder: String = {
    var name = Array("/tmp/martlet-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { fatalError("no temporary folder can be made") }
    atexit { rmdir(MultipartProperties.folder) }
    return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }()

  static func check(_ input: [UInt8]) throws {
    var body = input
    let size = max(1, Int(body.takeInteger(UInt8.self)))
    let outcome = try outcome(of: body, inPiecesOf: size)
    try require(
      try self.outcome(of: body, inPiecesOf: max(1, body.count)) == outcome,
      "a body means the same in pieces of \(size)")
  }

  private enum Outcome: Equatable {
    case refused(HTTPError)
    case read([Part])
  }

  private enum Part: Equatable {
    case text(name: String, String)
    case file(name: String, fileName: String, contentType: String, [UInt8])
  }

  private static func outcome(of body: [UInt8], inPiecesOf size: Int) throws -> Outcome {
    let outcome = try read(body, inPiecesOf: size)
    try require(
      try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty,
      "no upload outlives its request")
    return outcome
  }

  private static func read(_ body: [UInt8], inPiecesOf size: Int) throws -> Outcome {
    let files = TemporaryFiles(in: folder)
    guard let parser = MultipartParser(boundary: "b", limits: limits, files: files) else {
      throw Broken(description: "b is a boundary")
    }
    let form: InputValue
    do {
      form = try give(body, inPiecesOf: size, to: parser)
    } catch let error as HTTPError {
      try require([400, 413, 431].contains(error.status), "a form is refused as \(error.status)")
      return .refused(error)
    }
    // The files go with their owner.
    return .read(try withExtendedLifetime(files) { try parts(form) })
  }

  private static func give(
    _ body: [UInt8], inPiecesOf size: Int, to parser: MultipartParser
  ) throws -> InputValue {
    for start in stride(from: 0, to: body.count, by: size) {
      let piece = body[start..<min(start + size, body.count)]
      try piece.withUnsafeBytes { try parser.receive($0) }
    }
    return try parser.finish()
  }

  private static func parts(_ form: InputValue) throws -> [Part] {
    guard case .object(let members) = form else { throw Broken(description: "a form is an object") }
    let all = try members.flatMap { member in try parts(of: member.value, name: member.name) }
    try require(all.count <= limits.maximumParts, "\(all.count) parts are within the limit")
    return all
  }

  private static func parts(of value: InputValue, name: String) throws -> [Part] {
    switch value {
    case .array(let values): return try values.flatMap { try parts(of: $0, name: name) }
    case .string(let text):
      try require(text.utf8.count <= limits.maximumFieldBytes, "a field is within the limit")
      try require(!text.utf8.contains(0), "no field holds a NUL")
      return [.text(name: name, text)]
    case .file(let file):
      var facts = stat()
      try require(lstat(file.path, &facts) == 0, "a file lies on the disk")
      try require(file.sizeInBytes == facts.st_size, "a file's size is what lies on the disk")
      // Foundation's reading of an empty file leaks a page.
      let bytes =
        facts.st_size == 0 ? [] : try [UInt8](Data(contentsOf: URL(filePath: file.path)))
      try require(bytes.count <= limits.maximumFileBytes, "a file is within the limit")
      try require(file.path.hasPrefix("\(folder)/upload-"), "a file's path is ours alone")
      return [
        .file(name: name, fileName: file.name, contentType: file.contentType, bytes)
      ]
    case .null, .bool, .number, .object:
      throw Broken(description: "a multipart form holds no \(value)")
    }
  }
}
