import Foundation
import Testing

@testable import Secrets

/// A folder for one test, gone with it.
private final class Folder: Sendable {
  let path = NSTemporaryDirectory() + "keys-\(UUID().uuidString)"

  init() {
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct `A key file` {
  private let folder = Folder()
  private var path: String { "\(folder.path)/root-keys" }
  private var file: KeyFile { KeyFile(path: path) }

  private var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
  }

  private func bytes(of key: SecretKey) -> [UInt8] {
    key.withBytes { Array(UnsafeBufferPointer(start: $0, count: 32)) }
  }

  @Test func `is made with one key, for its owner alone`() throws {
    let made = try file.loadOrMake()
    #expect(made.keys.count == 1)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let again = try file.loadOrMake()
    #expect(again.current.id == made.current.id)
    #expect(bytes(of: again.current) == bytes(of: made.current))
    #expect(try files == ["root-keys"])
  }

  @Test func `is the same for all who make it at once`() async throws {
    let file = file
    let ids = try await withThrowingTaskGroup(of: KeyID.self) { group in
      for _ in 1...20 { group.addTask { try file.loadOrMake().current.id } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(ids.count == 1)
    #expect(try files == ["root-keys"])
  }

  @Test func `keeps several keys, the current one last`() throws {
    let old = try file.loadOrMake().current
    let new = SecretKey.random()
    try file.replace(with: [old, new])
    let ring = try file.load()
    #expect(ring.keys.map(\.id) == [old.id, new.id])
    #expect(ring.current.id == new.id)
    #expect(try bytes(of: #require(ring[old.id])) == bytes(of: old))
    #expect(ring[.random()] == nil)
    #expect(try files == ["root-keys"])
  }

  @Test(arguments: [0o640, 0o604, 0o620, 0o660, 0o666])
  func `is refused when others may read or write it`(mode: Int) throws {
    _ = try file.loadOrMake()
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    #expect(throws: KeyFile.Failure.open(path, mode: UInt32(mode))) { try file.load() }
    #expect(throws: KeyFile.Failure.open(path, mode: UInt32(mode))) { try file.loadOrMake() }
  }

  @Test func `is missing, and not made in silence, where it must be there`() {
    #expect(throws: KeyFile.Failure.missing(path)) { try file.load() }
  }

  @Test(arguments: [
    ("", 1), ("# nothing\n", 2), ("short AAAA\n", 1), ("0011223344556677\n", 1),
    ("0011223344556677 AAAA\n", 1),
    ("0011223344556677 " + String(repeating: "A", count: 43) + " more\n", 1),
    ("0011223344556677 " + String(repeating: "A", count: 43) + "=\n", 1),
    (
      String(repeating: "0011223344556677 " + String(repeating: "A", count: 43) + "\n", count: 2), 3
    ),
    (String(repeating: "x", count: 1 << 17), 1),
  ])
  func `is refused when it is damaged`(text: String, line: Int) throws {
    _ = FileManager.default.createFile(
      atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    #expect(throws: KeyFile.Failure.damaged(path, line: line)) { try file.load() }
  }

  @Test func `is not read through a link`() throws {
    _ = try file.loadOrMake()
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/link", withDestinationPath: path)
    #expect(throws: KeyFile.Failure.self) { try KeyFile(path: "\(folder.path)/link").load() }
  }

  @Test func `is changed by one at a time`() throws {
    _ = try file.loadOrMake()
    do {
      let lock = try file.lock()
      #expect(throws: KeyFile.Failure.inUse(path)) { _ = try file.lock() }
      _ = consume lock
    }
    _ = try file.lock()
  }

  @Test func `is read again for a key that came later`() throws {
    let first = try file.loadOrMake().current
    let rootKeys = try RootKeys(file: file)
    let second = SecretKey.random()
    try file.replace(with: [first, second])
    #expect(rootKeys.current.current.id == first.id)
    #expect(try rootKeys.key(second.id)?.id == second.id)
    #expect(rootKeys.current.current.id == second.id)
    #expect(try rootKeys.key(.random()) == nil)
  }

  @Test func `shows no key in a message`() throws {
    let key = try file.loadOrMake().current
    let ring = try file.load()
    let secret = Base64URL.encode(bytes(of: key))
    var dumped = ""
    dump(ring, to: &dumped)
    #expect(!"\(ring) \(dumped)".contains(secret))
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains(secret))
  }
}
