/// One event of a `text/event-stream`.
package struct ServerSentEvent: Sendable, Hashable {
  package var data: String
  package var name: String?
  /// Sent back by the client as `Last-Event-ID` when it connects again.
  package var id: String?

  package init(data: String, name: String? = nil, id: String? = nil) {
    self.data = data
    self.name = name
    self.id = id
  }

  static let heartbeat = Array(":\n\n".utf8)

  /// Line breaks cannot end a field early: data is sent line by line, and name and id are one line.
  var bytes: [UInt8] {
    var text = ""
    if let name { text += "event: \(ServerSentEvent.oneLine(name))\n" }
    if let id { text += "id: \(ServerSentEvent.oneLine(id))\n" }
    for line in data.split(
      omittingEmptySubsequences: false,
      whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" })
    {
      text += "data: \(line)\n"
    }
    text += "\n"
    return Array(text.utf8)
  }

  private static func oneLine(_ text: String) -> String {
    String(decoding: text.utf8.map { $0.isControl ? ASCII.space : $0 }, as: UTF8.self)
  }
}
