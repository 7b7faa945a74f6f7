import Foundation
import Testing

@testable import Processes

@Suite struct `A clock that tests move` {
  private func file(_ bytes: [UInt8]) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  private func bytes(_ seconds: Int64) -> [UInt8] {
    withUnsafeBytes(of: seconds) { Array($0) }
  }

  @Test(arguments: [0, 86_400, -3_600] as [Int64])
  func `is as far from the machine's as the file says`(seconds: Int64) throws {
    let clock = try MovableClock(path: try file(bytes(seconds)))
    let before = Date()
    let shown = clock.now() - Double(seconds)
    #expect(shown >= before && shown <= Date())
  }

  @Test func `moves for everyone who has opened it, at once`() throws {
    let path = try file(bytes(0))
    let clocks = try (1...2).map { _ in try MovableClock(path: path) }
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data(bytes(1_000_000)))
    try handle.close()
    for clock in clocks { #expect(clock.now().timeIntervalSinceNow > 999_000) }
  }

  @Test(arguments: [[], [1, 2, 3]] as [[UInt8]])
  func `refuses a file that is too short to be read safely`(bytes: [UInt8]) throws {
    let path = try file(bytes)
    #expect(throws: MovableClock.Unreadable.self) { try MovableClock(path: path) }
  }

  @Test func `refuses a file that is not there`() {
    #expect(throws: MovableClock.Unreadable.self) { try MovableClock(path: "/nowhere/clock") }
  }
}
