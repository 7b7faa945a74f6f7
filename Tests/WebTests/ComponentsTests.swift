import Fields
import HTML
import Testing
import Web

@Suite struct `The parts of a page` {
  private struct Sample {
    let name: String
    let email: String
    let seats: Int?

    static let fields = Fields(
      Field("name", .text(max: 80)), Field("email", .email),
      Field("seats", .optional(.integer(1...9))), as: Sample.init)
  }

  private func form(_ name: String, _ typed: String, errors: [FieldError] = []) -> FilledForm {
    FilledForm(
      Sample.fields.schema, given: .form([.init(name, .string(typed))]), errors: errors)
  }

  @Test func `a field shows its label, its help and what was typed`() {
    let field = form("name", "A \"B\"").field(
      "name", label: "Name", help: "As on the door.", autocomplete: "name")
    #expect(
      field.text == """
        <div class="field">
        <label for="name">Name</label>
        <input id="name" name="name" value="A &quot;B&quot;" maxlength="80" autocomplete="name" \
        aria-describedby="name-help">
        <p class="help" id="name-help">As on the door.</p>
        </div>
        """)
  }

  @Test func `a field with an error says it beside, and keeps what was typed`() {
    let form = form("seats", "many", errors: [FieldError(field: "seats", reason: .notWholeNumber)])
    #expect(
      form.field("seats", label: "Seats").text == """
        <div class="field">
        <label for="seats">Seats</label>
        <input id="seats" name="seats" value="many" inputmode="numeric" autocomplete="off" \
        aria-describedby="seats-error" aria-invalid="true">
        <p class="error" id="seats-error">Enter a whole number.</p>
        </div>
        """)
  }

  @Test func `an address for mail brings its keyboard`() {
    let field = form("email", "").field("email", label: "E-mail", autocomplete: "email").text
    #expect(field.contains(#" type="email" maxlength="254" autocomplete="email">"#))
  }

  @Test func `a form sums its errors up with links to the fields`() {
    let form = form(
      "name", "",
      errors: [
        FieldError(field: "name", reason: .missing), FieldError(field: "seats", reason: .missing),
      ])
    #expect(
      form.summary(labels: ["name": "Name"])?.text == """
        <div class="notice bad summary" role="alert">\
        <strong>2 fields need another look.</strong>
        <ul>
        <li><a href="#name">Name</a>: Fill this in.</li>\
        <li><a href="#seats">seats</a>: Fill this in.</li>
        </ul></div>
        """)
    #expect(self.form("name", "").summary(labels: [:]) == nil)
  }

  @Test func `a table tells each cell the word above its column`() {
    let table = Table(
      caption: "Plans", columns: [Table.Column("Plan"), Table.Column("Price", isNumber: true)])
    let rows = [Table.Row(["Free", "<b>0</b>"], isChosen: true)]
    #expect(
      table.html(rows).text == """
        <table class="table" role="table">
        <caption>Plans</caption>
        <thead role="rowgroup"><tr role="row">\
        <th scope="col" role="columnheader">Plan</th>\
        <th scope="col" role="columnheader" class="number">Price</th></tr></thead>
        <tbody role="rowgroup">
        <tr role="row" class="chosen"><th scope="row" role="rowheader">Free</th>\
        <td role="cell" data-label="Price" class="number"><span><b>0</b></span></td></tr>
        </tbody>
        </table>
        """)
  }

  @Test func `a badge and a notice say in words what their colour says`() {
    #expect(Badge.html("Open", .good).text == #"<span class="badge good">Open</span>"#)
    #expect(
      Notice.html("Closed.", next: "Open it.", .warn).text
        == #"<div class="notice warn"><strong>Closed.</strong> <span>Open it.</span></div>"#)
  }
}
