import FoundationEssentials
import Testing

/// Every input that once broke something, and those that the fuzzer starts from, in every test run.
@Suite struct `The corpus of the fuzzer` {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "corpus")

  @Test(arguments: FuzzTarget.all.map(\.name))
  func `holds what the target says, input by input`(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let folder = Self.folder.appending(path: name)
    let inputs = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!inputs.isEmpty)
    for input in inputs {
      let bytes = try Data(contentsOf: folder.appending(path: input))
      #expect(throws: Never.self, "\(name)/\(input)") { try target.check([UInt8](bytes)) }
    }
  }

  @Test func `belongs to targets that exist`() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
  }

  @Test(arguments: FuzzTarget.all.map(\.name))
  func `is not all that targets take`(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    for count in 0..<64 { try target.check([UInt8](repeating: UInt8(count), count: count)) }
  }
}
