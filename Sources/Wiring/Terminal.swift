import Glibc

/// Lines for the person or script that ran the command, written at once.
enum Terminal {
  static func say(_ text: String) { write(text, to: STDOUT_FILENO) }

  static func complain(_ text: String) {
    for line in text.split(separator: "\n") { write("martlet: \(line)", to: STDERR_FILENO) }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var line = text + "\n"
    line.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }
}
