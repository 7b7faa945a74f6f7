package import HTML

/// Line drawings on a grid of 24, beside words that say the same.
package enum Icon {
  package static let languages = drawing(
    #"<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"/>"#)
  package static let check = drawing(#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#)
  package static let chat = drawing(
    #"<path d="M4 5h16v11H10l-4 4v-4H4Z"/><path d="M8 9h8M8 12h5"/>"#)
  package static let window = drawing(
    """
    <rect x="3" y="4" width="18" height="16" rx="2"/>\
    <path d="M3 9h18M6.5 6.5h.01M9.5 6.5h.01"/>
    """
  )
  package static let layers = drawing(
    #"<path d="m12 3 9 5-9 5-9-5Z"/><path d="m3 12.5 9 5 9-5M3 17l9 5 9-5"/>"#)
  package static let box = drawing(
    #"<path d="m12 3 8 4.5v9L12 21l-8-4.5v-9Z"/><path d="m4 7.5 8 4.5 8-4.5M12 12v9"/>"#)
  package static let key = drawing(
    #"<circle cx="8" cy="15" r="4"/><path d="m11 12 9-9M16 7l3 3"/>"#)
  package static let people = drawing(
    """
    <circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6"/>\
    <path d="M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.5c2 .8 3.2 2.7 3.5 5.5"/>
    """)
  package static let home = drawing(#"<path d="m4 11 8-7 8 7v9h-5.5v-6h-5v6H4Z"/>"#)
  package static let person = drawing(
    #"<circle cx="12" cy="8" r="4"/><path d="M4 20.5c.6-4 3.7-6.5 8-6.5s7.4 2.5 8 6.5"/>"#)
  package static let shield = drawing(
    #"<path d="M12 3 5 5.5V11c0 4.6 2.8 8 7 10 4.2-2 7-5.4 7-10V5.5Z"/><path d="m9 11.5 2.2 2.2L15 10"/>"#
  )
  package static let devices = drawing(
    """
    <path d="M13 18H3V5h16v3"/><path d="M7 21h6"/>\
    <rect x="15" y="11" width="6" height="10" rx="1.5"/>
    """)
  package static let archive = drawing(
    #"<path d="M3.5 4h17v4.5h-17Z"/><path d="M5 8.5V20h14V8.5M10 12.5h4"/>"#)
  package static let leave = drawing(
    #"<path d="M10 4H5v16h5M15.5 16l4-4-4-4M19 12H9.5"/>"#)
  package static let back = drawing(#"<path d="m14.5 6-6 6 6 6"/>"#)
  package static let brush = drawing(
    #"<path d="M20 4c-5 1-9 5-11 9l2.5 2.5C15.5 13.5 19 9 20 4Z"/><path d="M8.5 13.5C5.5 13.5 5 16 5 17.5S4 20 3 20c4 1 8.5.5 8.5-3.5"/>"#
  )
  package static let gear = drawing(
    #"<circle cx="12" cy="12" r="3"/><path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M5.6 18.4l2.2-2.2M16.2 7.8l2.2-2.2"/>"#
  )
  package static let clock = drawing(#"<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>"#)

  private static func drawing(_ paths: HTML) -> HTML {
    #"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">\#(paths)</svg>"#
  }
}
