/// Header fields of an answer, kept as the transport wants them: name, NUL, value, NUL, one after
/// another. A list made once is handed on for every answer without touching its fields.
package struct HeaderList: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  private(set) var bytes: [UInt8] = []

  package init() {}

  package init(dictionaryLiteral fields: (StaticString, String)...) {
    for (name, value) in fields { append(name, value) }
  }

  fileprivate init(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    bytes = Array(name) + [0] + Array(value) + [0]
  }

  /// Adds a field beside any other of that name. Line breaks and other control characters, which
  /// could end the field early and start one of an attacker's, become blanks; an empty value adds
  /// nothing.
  package mutating func append(_ name: StaticString, _ value: String) {
    append(name, utf8: value.utf8)
  }

  mutating func append(_ name: StaticString, utf8 value: some Collection<UInt8>) {
    guard !value.isEmpty else { return }
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(0)
    for byte in value {
      bytes.append(byte.isControl && byte != ASCII.tab ? ASCII.space : byte)
    }
    bytes.append(0)
  }

  package mutating func append(contentsOf other: HeaderList) {
    bytes.append(contentsOf: other.bytes)
  }

  package mutating func set(_ name: StaticString, _ value: String) {
    remove(name)
    append(name, value)
  }

  package mutating func remove(_ name: StaticString) {
    guard contains(name) else { return }
    var kept: [UInt8] = []
    visit { fieldName, value in
      guard !fieldName.equalsIgnoringCase(name) else { return }
      kept.append(contentsOf: fieldName)
      kept.append(0)
      kept.append(contentsOf: value)
      kept.append(0)
    }
    bytes = kept
  }

  package subscript(_ name: StaticString) -> String? {
    var found: String?
    visit { fieldName, value in
      if found == nil, fieldName.equalsIgnoringCase(name) {
        found = String(decoding: value, as: UTF8.self)
      }
    }
    return found
  }

  package func contains(_ name: StaticString) -> Bool {
    var found = false
    visit { fieldName, _ in
      if fieldName.count == name.utf8CodeUnitCount, fieldName.equalsIgnoringCase(name) {
        found = true
      }
    }
    return found
  }

  /// Both buffers are followed by a NUL.
  func visit(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
    bytes.withUnsafeBufferPointer { bytes in
      var at = 0
      while at < bytes.count {
        let name = terminated(bytes, at)
        let value = terminated(bytes, at + name.count + 1)
        body(name, value)
        at += name.count + value.count + 2
      }
    }
  }

  private func terminated(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int
  ) -> UnsafeBufferPointer<UInt8> {
    var end = start
    while bytes[end] != 0 { end += 1 }
    return UnsafeBufferPointer(rebasing: bytes[start..<end])
  }
}

/// Fields that every answer gets unless it carries one of that name itself.
struct DefaultHeaders: Sendable {
  let all: HeaderList
  private let fields: [(name: [UInt8], field: HeaderList)]

  init(_ list: HeaderList) {
    all = list
    var fields: [(name: [UInt8], field: HeaderList)] = []
    list.visit { name, value in
      fields.append((Array(name), HeaderList(name: name, value: value)))
    }
    self.fields = fields
  }

  /// Almost no answer overrides any, so that is found out in one pass.
  func complete(_ headers: inout HeaderList) {
    var overridden: [Int] = []
    headers.visit { name, _ in
      for (index, candidate) in fields.enumerated()
      where candidate.name.count == name.count && candidate.name.equalsIgnoringCase(name) {
        overridden.append(index)
      }
    }
    guard !overridden.isEmpty else { return headers.append(contentsOf: all) }
    for (index, candidate) in fields.enumerated() where !overridden.contains(index) {
      headers.append(contentsOf: candidate.field)
    }
  }
}
