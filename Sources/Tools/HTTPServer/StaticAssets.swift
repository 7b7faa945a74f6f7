#if canImport(Glibc)
  import Glibc
#endif

/// Style sheets, scripts and pictures, read once when the server starts and served from memory at
/// addresses that change with their content, so that clients may keep them for good.
package struct StaticAssets: Sendable {
  private struct Asset: Sendable {
    let address: String
    let response: Response
  }

  private let prefix: String
  /// By name in the folder, such as `css/app.css`.
  private let byName: [String: Asset]
  /// By the part of the address after the prefix, such as `css/app.3f9a….css`.
  private let byHashedName: [String: Asset]

  /// The folder could not be read.
  package struct Unreadable: Error { package let path: String }

  /// - Parameters:
  ///   - folder: Read with all folders in it. Names that start with a dot are left out.
  ///   - prefix: Where the assets are served, without a slash at the end: `/assets`.
  package init(folder: String, prefix: String) throws(Unreadable) {
    self.prefix = prefix
    var byName: [String: Asset] = [:]
    var byHashedName: [String: Asset] = [:]
    for name in try Folder.files(in: folder) {
      guard let content = Folder.content("\(folder)/\(name)") else {
        throw Unreadable(path: "\(folder)/\(name)")
      }
      let bytes = ResponseBytes(content)
      let hashed = StaticAssets.hashedName(name, bytes.entityTag)
      let asset = Asset(
        address: "\(prefix)/\(hashed)", response: StaticAssets.response(bytes, name))
      byName[name] = asset
      byHashedName[hashed] = asset
    }
    self.byName = byName
    self.byHashedName = byHashedName
  }

  /// The address of an asset by its name in the folder; nil when there is none.
  package func address(of name: String) -> String? { byName[name]?.address }

  /// By the hashed name only: another hash is another content, which we no longer have.
  /// - Throws: `HTTPError.notFound`.
  package func response(to path: String) throws(HTTPError) -> Response {
    guard path.hasPrefix(prefix + "/"),
      let asset = byHashedName[String(path.dropFirst(prefix.count + 1))]
    else { throw .notFound }
    return asset.response
  }

  /// A route for each depth that the folder has, since a parameter is one segment.
  package func routes(on host: HostPattern = .any) -> [Route] {
    let depths = Set(byHashedName.keys.map { $0.count(where: { $0 == "/" }) })
    return depths.sorted().map { depth in
      let path = prefix + (0...depth).map { "/{part\($0)}" }.joined()
      return Route(untyped: path, on: host, name: "assets") { request in
        try response(to: request.path)
      }
    }
  }

  private static func response(_ bytes: ResponseBytes, _ name: String) -> Response {
    var response = Response.bytes(bytes, type: ContentType.ofFile(named: name)).tagged()
    response.headers.append("Cache-Control", "public, max-age=31536000, immutable")
    // The copy is made now, not for the first client who asks.
    if ContentType.isText(response.headers), bytes.count >= Gzip.minimumBytes { _ = bytes.gzipped }
    return response
  }

  /// `css/app.css` becomes `css/app.3f9a0b….css`.
  private static func hashedName(_ name: String, _ tag: String) -> String {
    let hash = tag.dropFirst().prefix(16)
    let file = name.split(separator: "/").last ?? ""
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return "\(name).\(hash)" }
    return "\(name[..<dot]).\(hash)\(name[dot...])"
  }
}

/// Reading a folder without the weight of Foundation.
private enum Folder {
  /// Paths relative to the folder, folders inside it included.
  static func files(in folder: String) throws(StaticAssets.Unreadable) -> [String] {
    guard let handle = opendir(folder) else { throw StaticAssets.Unreadable(path: folder) }
    defer { closedir(handle) }
    var files: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !name.hasPrefix(".") else { continue }
      if isFolder("\(folder)/\(name)") {
        files += try Folder.files(in: "\(folder)/\(name)").map { "\(name)/\($0)" }
      } else {
        files.append(name)
      }
    }
    return files
  }

  static func content(_ path: String) -> [UInt8]? {
    guard let file = try? OpenFile(path) else { return nil }
    var done = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: file.count) { buffer, count in
      while done < file.count {
        let got = pread(file.descriptor, buffer.baseAddress! + done, file.count - done, done)
        guard got > 0 else { break }
        done += got
      }
      count = done
    }
    return done == file.count ? bytes : nil
  }

  private static func isFolder(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }
}
