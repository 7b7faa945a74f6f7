import Wiring

@main enum Program {
  static func main() { Martlet.run(Array(CommandLine.arguments.dropFirst())) }
}
