package import HTML

extension Page {
  /// A page with one thing to do, such as a single form.
  package static func sheet(title: Text, main: HTML, in frame: Frame) -> HTML {
    Page(
      title: title, styles: ["account.css"],
      main: #"<div class="wrap"><div class="sheet">\#(main)</div></div>"#
    ).html(in: frame)
  }
}
