import FoundationEssentials

/// What a probe command found, as one line of JSON with names in snake_case.
enum ProbeReport {
  static func print(_ report: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    Swift.print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }
}
