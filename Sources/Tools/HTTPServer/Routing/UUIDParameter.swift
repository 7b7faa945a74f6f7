package import FoundationEssentials

extension UUID: RouteParameter {
  package static let schema = RouteParameterSchema(type: "string", format: "uuid")

  /// In lower case, as we write them: capitals would be a second spelling of the same address.
  package init?(pathSegment: Substring) {
    guard let value = UUID(uuidString: String(pathSegment)),
      value.uuidString.lowercased() == pathSegment
    else { return nil }
    self = value
  }
}
