/// Tables for spreadsheets. Source: RFC 4180, in UTF-8.
package enum CSV {
  /// Tells spreadsheets that the text is UTF-8. Stands once, at the start.
  package static let byteOrderMark = "\u{FEFF}"

  /// One line, with its end.
  package static func line(_ cells: [String]) -> String {
    cells.map(cell).joined(separator: ",") + "\r\n"
  }

  private static func cell(_ text: String) -> String {
    let text = harmless(text)
    let needsQuotes = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }

  /// A spreadsheet takes what begins so for a formula, which may send the rest of the table elsewhere.
  /// Source: OWASP, CSV injection; the full-width forms count as well.
  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, formulaStarts.contains(first) else { return text }
    return "'\(text)"
  }

  private static let formulaStarts: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠",
  ]
}
