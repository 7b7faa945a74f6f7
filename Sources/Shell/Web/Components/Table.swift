package import HTML

/// A table that becomes cards on a phone: each cell knows the word above its column. The roles are
/// said aloud because a table that is laid out as blocks is no longer one to screen readers.
package struct Table: Sendable {
  package struct Column: Sendable {
    let label: Text
    let isNumber: Bool

    package init(_ label: Text, isNumber: Bool = false) {
      self.label = label
      self.isNumber = isNumber
    }
  }

  package struct Row: Sendable {
    let cells: [HTML]
    let isChosen: Bool

    /// - Parameter cells: One a column; the first is what the row is about.
    package init(_ cells: [HTML], isChosen: Bool = false) {
      self.cells = cells
      self.isChosen = isChosen
    }
  }

  private let caption: Text
  private let columns: [Column]

  package init(caption: Text, columns: [Column]) {
    self.caption = caption
    self.columns = columns
  }

  package func html(_ rows: [Row]) -> HTML {
    """
    <table class="table" role="table">
    <caption>\(text: caption)</caption>
    <thead role="rowgroup"><tr role="row">\(columns.map(head))</tr></thead>
    <tbody role="rowgroup">
    \(rows.map(row))</tbody>
    </table>
    """
  }

  private func head(_ column: Column) -> HTML {
    """
    <th scope="col" role="columnheader"\(attribute: "class", column.isNumber ? "number" : nil)>\
    \(text: column.label)</th>
    """
  }

  private func row(_ row: Row) -> HTML {
    let cells = zip(columns, row.cells)
    return """
      <tr role="row"\(attribute: "class", row.isChosen ? "chosen" : nil)>\
      \(cells.prefix(1).map { #"<th scope="row" role="rowheader">\#($1)</th>"# as HTML })\
      \(cells.dropFirst().map(cell))</tr>

      """
  }

  private func cell(_ column: Column, _ content: HTML) -> HTML {
    """
    <td role="cell" data-label="\(text: column.label)"\
    \(attribute: "class", column.isNumber ? "number" : nil)><span>\(content)</span></td>
    """
  }
}
