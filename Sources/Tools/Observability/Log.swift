import FoundationEssentials
import Glibc

/// One JSON object a line on standard error: time, level, event, the ids of the task's request and
/// shop, then the event's own fields. Fields carry ids and numbers, never names, secrets or bodies.
package enum Log {
  /// Set by the edge for everything that one request or job causes.
  @TaskLocal package static var context = Context()

  package struct Context: Sendable {
    package var requestID: String?
    package var shopID: String?
    package init(requestID: String? = nil, shopID: String? = nil) {
      self.requestID = requestID
      self.shopID = shopID
    }
  }

  package enum Level: String, Sendable { case debug, info, warning, error }

  package static func debug(_ event: StaticString, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(line(.debug, event, fields, context: context))
  }
  package static func info(_ event: StaticString, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(line(.info, event, fields, context: context))
  }
  package static func warning(_ event: StaticString, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(line(.warning, event, fields, context: context))
  }
  package static func error(_ event: StaticString, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(line(.error, event, fields, context: context))
  }

  static func line(
    _ level: Level, _ event: StaticString, _ fields: KeyValuePairs<String, Value>, context: Context,
    at time: Date = Date()
  ) -> String {
    var object = JSONLine()
    object.add("time", .string(time.formatted(Self.timeStyle)))
    object.add("level", .string(level.rawValue))
    object.add("event", .string(event.description))
    if let id = context.requestID { object.add("request_id", .string(id)) }
    if let id = context.shopID { object.add("shop_id", .string(id)) }
    for (name, value) in fields { object.add(name, value) }
    return object.finished()
  }

  private static let timeStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// One `write` a line, so that lines of several processes on one pipe do not mix.
  private static func write(_ line: String) {
    var line = line
    line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}

extension Log {
  package enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByStringInterpolation
  {
    case string(String)
    case integer(Int)
    case decimal(Double)
    case boolean(Bool)

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
  }
}

/// The little JSON that a log line needs.
private struct JSONLine {
  private var text = "{"

  mutating func add(_ name: String, _ value: Log.Value) {
    if text.utf8.count > 1 { text += "," }
    appendQuoted(name)
    text += ":"
    switch value {
    case .string(let string): appendQuoted(string)
    case .integer(let integer): text += String(integer)
    case .decimal(let decimal): text += decimal.isFinite ? String(decimal) : "null"
    case .boolean(let boolean): text += boolean ? "true" : "false"
    }
  }

  mutating func finished() -> String {
    text += "}\n"
    return text
  }

  private mutating func appendQuoted(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
