import Testing

@testable import CSV

@Suite struct `A table for spreadsheets` {
  @Test(
    arguments: [
      (["a", "b"], "a,b\r\n"), ([""], "\r\n"), (["a,b", "c"], "\"a,b\",c\r\n"),
      (["say \"yes\""], "\"say \"\"yes\"\"\"\r\n"), (["two\nlines"], "\"two\nlines\"\r\n"),
      (["سلام، دنیا"], "سلام، دنیا\r\n"),
    ] as [([String], String)])
  func `quotes what would break a line`(cells: [String], line: String) {
    #expect(CSV.line(cells) == line)
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "=HYPERLINK(\"https://evil\")"])
  func `has no cell that begins as a formula does`(cell: String) {
    let line = CSV.line([cell])
    #expect(line.hasPrefix("'") || line.hasPrefix("\"'"))
    #expect(line.contains(cell.replacing("\"", with: "\"\"")))
  }
}
