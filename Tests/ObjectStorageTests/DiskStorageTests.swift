import Foundation
import Secrets
import Testing

@testable import ObjectStorage

private func key(_ text: String) throws -> ObjectKey { try #require(ObjectKey(text)) }

@Suite final class `Objects on disk`: Sendable {
  private let root = NSTemporaryDirectory() + "object-storage-tests-" + UUID().uuidString
  private let time = Date(timeIntervalSince1970: 1_750_000_000)
  private let links = LinkSigner(key: .random(), base: "https://example.com/files")
  private let storage: DiskStorage

  init() {
    storage = DiskStorage(root: root, links: links, now: { [time] in time })
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  private func put(_ text: String, at name: String) async throws -> ObjectInfo {
    try await storage.put(.bytes(Array(text.utf8)), type: "text/plain", at: try key(name))
  }

  private func text(at name: String) async throws -> String {
    String(decoding: try await storage.get(try key(name)).bytes, as: UTF8.self)
  }

  @Test func `come back as they were put`() async throws {
    let info = try await put("hello", at: "shops/1/greeting.txt")
    #expect(info.size == 5)
    #expect(info.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    let (bytes, found) = try await storage.get(try key("shops/1/greeting.txt"))
    #expect(bytes == Array("hello".utf8))
    #expect(found == info)
    #expect(try await storage.head(try key("shops/1/greeting.txt")) == info)
  }

  @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 1_000_000])
  func `come from files and go into files`(size: Int) async throws {
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    let content = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let source = root + "/source"
    try content.write(to: URL(fileURLWithPath: source))
    let info = try await storage.put(.file(path: source), type: "x/y", at: try key("big"))
    #expect(info.size == size)
    #expect(try await storage.download(try key("big"), to: root + "/target") == info)
    #expect(try Data(contentsOf: URL(fileURLWithPath: root + "/target")) == content)
  }

  @Test func `are replaced whole`() async throws {
    _ = try await put("a longer text", at: "a")
    _ = try await put("short", at: "a")
    #expect(try await text(at: "a") == "short")
  }

  @Test func `are whole to readers while they are replaced`() async throws {
    let texts = (0..<20).map { String(repeating: "\($0) ", count: 10_000) }
    _ = try await put(texts[0], at: "a")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for text in texts { group.addTask { _ = try await self.put(text, at: "a") } }
      for _ in 0..<40 {
        group.addTask {
          let found = try await self.text(at: "a")
          #expect(texts.contains(found))
        }
      }
      try await group.waitForAll()
    }
    #expect(try files(in: root) == ["a~object"])
  }

  @Test func `may be named as another one's folder`() async throws {
    _ = try await put("file", at: "a")
    _ = try await put("inner", at: "a/b")
    #expect(try await text(at: "a") == "file")
    #expect(try await text(at: "a/b") == "inner")
  }

  @Test func `are not there before and after`() async throws {
    let key = try key("a/b")
    await #expect(throws: StorageError.notFound) { try await self.storage.get(key) }
    #expect(try await storage.head(key) == nil)
    try await storage.delete(key)
    _ = try await put("x", at: "a/b")
    try await storage.delete(key)
    await #expect(throws: StorageError.notFound) { try await self.storage.get(key) }
    await #expect(throws: StorageError.notFound) {
      try await self.storage.download(key, to: self.root + "/target")
    }
  }

  @Test func `come in parts`() async throws {
    _ = try await put("0123456789", at: "a")
    let key = try key("a")
    for (range, expected) in [(2..<5, "234"), (8..<20, "89"), (10..<12, ""), (3..<3, "")] {
      let part = try await storage.get(key, range: range)
      #expect(String(decoding: part, as: UTF8.self) == expected)
    }
  }

  @Test func `are refused where they would fill the memory`() async throws {
    _ = try await put("0123456789", at: "a")
    let key = try key("a")
    await #expect(throws: StorageError.tooLarge) {
      try await self.storage.get(key, maximumBytes: 9)
    }
  }

  @Test func `are refused when the disk changed or lost a byte`() async throws {
    _ = try await put("0123456789", at: "a")
    let path = root + "/a~object"
    var content = try Data(contentsOf: URL(fileURLWithPath: path))
    content[content.count - 1] ^= 1
    try content.write(to: URL(fileURLWithPath: path))
    let key = try key("a")
    await #expect(throws: StorageError.corrupted) { try await self.storage.get(key) }
    await #expect(throws: StorageError.corrupted) {
      try await self.storage.download(key, to: self.root + "/target")
    }
    #expect(!FileManager.default.fileExists(atPath: root + "/target"))
    try content.dropLast().write(to: URL(fileURLWithPath: path))
    await #expect(throws: StorageError.corrupted) { try await self.storage.head(key) }
  }

  @Test func `are listed in the order of their keys, page by page`() async throws {
    let names = ["f/a", "f/a-b", "f/a.b", "f/a/b", "f/a/c/d", "f/a0", "f/b", "f/c/d"]
    for name in names.shuffled() { _ = try await put("four", at: name) }
    _ = try await put("x", at: "g/other")
    try Data().write(to: URL(fileURLWithPath: root + "/f/a~object~123"))
    for limit in 1...9 {
      var found: [String] = []
      var next: String?
      repeat {
        let page = try await storage.list(try key("f"), after: next, limit: limit)
        #expect(page.entries.count <= limit)
        found += page.entries.map(\.key.description)
        #expect(page.entries.allSatisfy { $0.size == 4 })
        next = page.next
      } while next != nil
      #expect(found == names, "pages of \(limit)")
    }
    let none = try await storage.list(try key("none"), after: nil, limit: 9)
    #expect(none.entries.isEmpty)
  }

  @Test func `leave nothing behind when they cannot be put`() async throws {
    let key = try key("a")
    await #expect(throws: StorageError.notFound) {
      try await self.storage.put(.file(path: self.root + "/none"), type: "x/y", at: key)
    }
    #expect(try files(in: root).isEmpty)
  }

  @Test func `go when they are too old`() async throws {
    for name in ["tmp/old", "tmp/new", "kept/old"] { _ = try await put("x", at: name) }
    for name in ["tmp/old", "kept/old"] {
      try FileManager.default.setAttributes(
        [.modificationDate: time.addingTimeInterval(-7_200)],
        ofItemAtPath: "\(root)/\(name)~object")
    }
    try FileManager.default.setAttributes(
      [.modificationDate: time.addingTimeInterval(-3_599)], ofItemAtPath: root + "/tmp/new~object")
    let rule = ExpiryRule(folder: try key("tmp"), olderThan: .seconds(3_600))
    #expect(try await rule.run(on: storage, at: time) == 1)
    #expect(try await rule.run(on: storage, at: time) == 0)
    #expect(try await text(at: "tmp/new") == "x")
    #expect(try await text(at: "kept/old") == "x")
  }

  private func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func `have links that are good until they expire`() async throws {
    let link = try storage.signedLink(
      to: try key("a/b"), fileName: "été & “x”.pdf", validForSeconds: 300)
    let parts = try #require(URLComponents(string: link))
    func value(_ name: String) -> String? {
      parts.queryItems?.first { $0.name == name }?.value
    }
    #expect(link.hasPrefix("https://example.com/files/a/b?"))
    let parameters = LinkSigner.Parameters(
      key: try key("a/b"), fileName: value("name"), expiresAt: Int(value("expires") ?? "") ?? 0,
      signature: value("signature") ?? "")
    #expect(parameters.fileName == "été & “x”.pdf")
    #expect(links.permits(parameters, at: time.addingTimeInterval(299)))
    #expect(!links.permits(parameters, at: time.addingTimeInterval(300)))

    func changed(
      key: ObjectKey? = nil, name: String?? = .none, expires: Int? = nil, signature: String? = nil
    ) -> LinkSigner.Parameters {
      LinkSigner.Parameters(
        key: key ?? parameters.key, fileName: name ?? parameters.fileName,
        expiresAt: expires ?? parameters.expiresAt,
        signature: signature ?? parameters.signature)
    }
    #expect(links.permits(changed(), at: time))
    let other = try key("a/c")
    for forged in [
      changed(key: other), changed(name: .some(nil)), changed(name: "other"),
      changed(expires: parameters.expiresAt + 1), changed(signature: ""),
      changed(signature: String(parameters.signature.dropLast(2))),
      changed(signature: parameters.signature.uppercased()),
    ] {
      #expect(!links.permits(forged, at: time), "\(forged)")
    }
    let others = LinkSigner(key: .random(), base: "https://example.com/files")
    #expect(!others.permits(parameters, at: time))
  }

  @Test(arguments: [0, -1, 604_801])
  func `have links of bounded validity`(seconds: Int) throws {
    let key = try key("a")
    #expect(throws: StorageError.malformed) {
      try storage.signedLink(to: key, fileName: nil, validForSeconds: seconds)
    }
  }
}
