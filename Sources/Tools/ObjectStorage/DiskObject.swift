import FoundationEssentials
import Glibc
import Secrets

/// One object's file: a head of fixed size with what is known of the content, then the content.
struct DiskObject {
  /// Of an object's file. No key holds `~`, so `a` and `a/b` can both be keys.
  static let suffix = "~object"
  fileprivate static let headSize = 512

  private struct Head: Codable {
    let size: Int
    let type: String
    let sha256: String
  }

  let info: ObjectInfo
  private let file: File

  init(_ path: String) throws(StorageError) {
    file = try File.open(path, O_RDONLY)
    let bytes = try file.read(at: 0, count: Self.headSize)
    guard bytes.count == Self.headSize,
      let head = try? JSONDecoder().decode(Head.self, from: Data(bytes)),
      try file.status().st_size == Self.headSize + head.size
    else { throw .corrupted }
    info = ObjectInfo(size: head.size, type: head.type, sha256: head.sha256)
  }

  func read(_ range: Range<Int>) throws(StorageError) -> [UInt8] {
    let range = range.clamped(to: 0..<info.size)
    return try file.read(at: Self.headSize + range.lowerBound, count: range.count)
  }

  func copyContent(to path: String) throws(StorageError) {
    let target = try File.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    var hash = SHA256.Stream()
    try file.eachPiece(from: Self.headSize) { piece, offset throws(StorageError) in
      hash.update(piece)
      try target.write(piece, at: offset)
    }
    guard hash.finish().hexadecimal == info.sha256 else { throw .corrupted }
  }

  /// Writes a whole file and has it on the disk.
  static func write(
    _ content: ObjectContent, type: String, to path: String
  ) throws(StorageError) -> ObjectInfo {
    let target = try File.open(path, O_WRONLY | O_CREAT | O_EXCL)
    var hash = SHA256.Stream()
    var size = 0
    func take(_ piece: ArraySlice<UInt8>) throws(StorageError) {
      hash.update(piece)
      try target.write(piece, at: headSize + size)
      size += piece.count
    }
    switch content {
    case .bytes(let bytes): try take(bytes[...])
    case .file(let source):
      try File.open(source, O_RDONLY).eachPiece { piece, _ throws(StorageError) in
        try take(piece)
      }
    }
    let info = ObjectInfo(size: size, type: type, sha256: hash.finish().hexadecimal)
    try target.write(head(info), at: 0)
    try target.flush()
    return info
  }

  private static func head(_ info: ObjectInfo) throws(StorageError) -> [UInt8] {
    let head = Head(size: info.size, type: info.type, sha256: info.sha256)
    guard let text = try? JSONEncoder().encode(head), text.count < headSize else {
      throw .malformed
    }
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: headSize - text.count - 1)
    return Array(text) + padding + [UInt8(ascii: "\n")]
  }
}

/// Walks a folder's objects in the order of their keys, past those of earlier pages.
struct DiskWalk {
  private let after: String
  private let limit: Int
  private var entries: [ObjectPage.Entry] = []
  private var hasMore = false

  init(after: String, limit: Int) {
    self.after = after
    self.limit = limit
  }

  var page: ObjectPage {
    ObjectPage(entries: entries, next: hasMore ? entries.last?.key.description : nil)
  }

  /// - Parameter key: The folder's, without a slash at its end.
  mutating func visit(_ folder: String, key: String) throws(StorageError) {
    for (name, isFolder) in try names(in: folder) where !hasMore {
      let inner = "\(key)/\(name)"
      if isFolder {
        // Everything below was on an earlier page.
        if isBefore(inner + "0", after) { continue }
        try visit("\(folder)/\(name)", key: inner)
      } else if isBefore(after, inner), let key = ObjectKey(inner) {
        add(key, "\(folder)/\(name)\(DiskObject.suffix)")
      }
    }
  }

  private mutating func add(_ key: ObjectKey, _ path: String) {
    guard entries.count < limit else {
      hasMore = true
      return
    }
    var status = stat()
    // It may have been deleted since the folder was read.
    guard stat(path, &status) == 0 else { return }
    let modifiedAt = Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec))
    let size = Int(status.st_size) - DiskObject.headSize
    entries.append(ObjectPage.Entry(key: key, size: size, modifiedAt: modifiedAt))
  }

  /// Objects without their suffix and folders, in the order of the keys that they give: the slash
  /// after a folder's name takes part in it.
  private func names(in folder: String) throws(StorageError) -> [(name: String, isFolder: Bool)] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT || errno == ENOTDIR { return [] }
      throw .failed("opendir")
    }
    defer { closedir(stream) }
    var names: [(name: String, isFolder: Bool)] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(DiskObject.suffix) {
        names.append((String(name.dropLast(DiskObject.suffix.count)), false))
      } else if ObjectKey(name) != nil {
        names.append((name, true))
      }
    }
    return names.sorted { isBefore(sortKey($0), sortKey($1)) }
  }

  private func sortKey(_ entry: (name: String, isFolder: Bool)) -> String {
    entry.isFolder ? entry.name + "/" : entry.name
  }

  private func isBefore(_ one: String, _ other: String) -> Bool {
    one.utf8.lexicographicallyPrecedes(other.utf8)
  }
}
