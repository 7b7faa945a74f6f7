/// The program that `script/fuzz` builds: libFuzzer calls one target again and again with inputs that
/// it changes until they reach code that none reached before.
@main
enum Fuzz {
  /// `fuzz` prints the names of all targets; `fuzz NAME …` runs one with the arguments of libFuzzer.
  static func main() {
    guard CommandLine.arguments.count > 1 else {
      for target in FuzzTarget.all { print(target.name) }
      return
    }
    guard target != nil else { fatalError("there is no target \(CommandLine.arguments[1])") }
    // To libFuzzer the name would be a folder of inputs. The program's own stands in its place.
    CommandLine.unsafeArgv[1] = CommandLine.unsafeArgv[0]
    var count = CommandLine.argc - 1
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
    _ = runDriver(&count, &arguments, callback)
  }

  /// Not a local constant, since a C function captures none.
  private static let target = FuzzTarget.all.first { $0.name == CommandLine.arguments[1] }

  private static let callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = {
    data, count in
    do {
      try target?.check(Array(UnsafeBufferPointer(start: data, count: count)))
    } catch {
      fatalError("\(error)")
    }
    return 0
  }
}

/// libFuzzer's own `main`, without its `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
