import Testing

@testable import HTTPServer

@Suite struct `Static assets` {
  private let style = String(repeating: "body { color: black }\n", count: 100)

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try folder.write(style, to: "css/app.css")
    _ = try folder.write("icon", to: "icon.svg")
    _ = try folder.write("secret", to: ".hidden")
    return folder
  }

  @Test func `are served for good at an address that names their content`() async throws {
    let folder = try folder()
    let assets = try StaticAssets(folder: folder.path, prefix: "/assets")
    let address = try #require(assets.address(of: "css/app.css"))
    #expect(address.hasPrefix("/assets/css/app."))
    #expect(address.hasSuffix(".css"))
    try await withServer(assets.routes()) { server in
      let plain = try await server.get(address)
      let packed = try await server.get(address, "Accept-Encoding: gzip")
      let again = try await server.get(address, "If-None-Match: \(plain["ETag"] ?? "")")
      #expect(plain.text == style)
      #expect(plain["Content-Type"] == "text/css; charset=utf-8")
      #expect(plain["Cache-Control"] == "public, max-age=31536000, immutable")
      #expect(packed["Content-Encoding"] == "gzip")
      #expect(packed.body.count < plain.body.count)
      #expect(again.status == 304)
    }
  }

  @Test func `are not found by any other name`() async throws {
    let folder = try folder()
    let assets = try StaticAssets(folder: folder.path, prefix: "/assets")
    #expect(assets.address(of: ".hidden") == nil)
    #expect(assets.address(of: "nothing.css") == nil)
    try await withServer(assets.routes()) { server in
      for path in [
        "/assets/css/app.css", "/assets/.hidden", "/assets/css", "/assets/css/app.0.css",
      ] {
        let answer = try await server.get(path)
        #expect(answer.status == 404)
      }
    }
  }

  @Test func `have another address for another content`() throws {
    let folder = try folder()
    let before = try StaticAssets(folder: folder.path, prefix: "/assets").address(of: "icon.svg")
    _ = try folder.write("another icon", to: "icon.svg")
    let after = try StaticAssets(folder: folder.path, prefix: "/assets").address(of: "icon.svg")
    #expect(before != after)
  }

  @Test func `say which folder is missing`() {
    #expect(throws: StaticAssets.Unreadable.self) {
      try StaticAssets(folder: "/nowhere", prefix: "/assets")
    }
  }
}
