import Foundation

/// Does with our tools what a contract test asks for as JSON on standard input, and prints as JSON
/// what came of it: so that servers and decoders written by others can judge.
@main struct NetProbe {
  static func main() async throws {
    let input = FileHandle.standardInput.readDataToEndOfFile()
    switch CommandLine.arguments.dropFirst().first {
    case "http": try answer(await HTTPJob.run(decoded(input)))
    case "s3": try answer(await S3Job.run(decoded(input)))
    case "mail": try answer(await MailJob.run(decoded(input)))
    case "image": try answer(await ImageJob.run(decoded(input)))
    case "qr": try answer(QRJob.run(decoded(input)))
    default: throw CocoaError(.featureUnsupported)
    }
  }

  private static func decoded<Job: Decodable>(_ input: Data) throws -> Job {
    try JSONDecoder().decode(Job.self, from: input)
  }

  private static func answer(_ value: some Encodable) throws {
    FileHandle.standardOutput.write(try JSONEncoder().encode(value))
  }
}
