import HTML
import TestSupport
import Testing

@testable import Documents

@Suite struct `Converting a picture` {
  private let converter = ImageConverter()

  private func refusal(
    of bytes: [UInt8], limits: ImageLimits? = nil
  ) async throws -> ImageRefused? {
    let converter = limits.map { ImageConverter(limits: $0) } ?? converter
    do {
      _ = try await converter.renditions(of: bytes, widths: [16])
      return nil
    } catch let refusal as ImageRefused {
      return refusal
    }
  }

  @Test func `gives each width in each format, smallest first`() async throws {
    let made = try await converter.renditions(
      of: SamplePNG.noise(width: 60, height: 30), widths: [40, 20], formats: [.webP, .jpeg, .png])
    #expect(made.map(\.width) == [20, 20, 20, 40, 40, 40])
    #expect(made.map(\.height) == [10, 10, 10, 20, 20, 20])
    #expect(made.map(\.format) == [.webP, .jpeg, .png, .webP, .jpeg, .png])
    for rendition in made {
      #expect(ImageKind(of: rendition.bytes) == rendition.format.kind)
    }
  }

  @Test func `never enlarges, and gives the picture's own width once`() async throws {
    let made = try await converter.renditions(
      of: SamplePNG.noise(width: 60, height: 30), widths: [20, 60, 100, 1_000_000])
    #expect(made.map(\.width) == [20, 60])
    #expect(
      try await converter.renditions(of: SamplePNG.black(width: 1, height: 1), widths: []) == [])
  }

  @Test func `narrows a strip until it is four times as high as asked wide`() async throws {
    let made = try await converter.renditions(
      of: SamplePNG.black(width: 10, height: 10_000), widths: [100])
    #expect(made.map { [$0.width, $0.height] } == [[1, 400]])
  }

  @Test(arguments: [
    ("hello", ImageRefused.notAnImage),
    ("", .notAnImage),
    ("<html><script>alert(1)</script>", .notAnImage),
    ("RIFF\0\0\0\0WAVEfmt ", .notAnImage),
    ("\0\0\0\u{18}ftypmp42", .notAnImage),
    ("<svg xmlns='http://www.w3.org/2000/svg'/>", .svg),
    ("\u{FEFF}\n <?xml version='1.0'?><!-- a --><svg/>", .svg),
    ("<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>", .svg),
    ("\0\0\0\u{18}ftypheic", .kindNotAllowed(found: "HEIC")),
    ("\0\0\0\u{18}ftypavif", .kindNotAllowed(found: "AVIF")),
    ("II*\0", .kindNotAllowed(found: "TIFF")),
    ("BM", .kindNotAllowed(found: "BMP")),
    ("%PDF-1.7", .kindNotAllowed(found: "PDF")),
    ("GIF89a", .damaged),
    ("RIFF\u{4}\0\0\0WEBP", .damaged),
  ])
  func `refuses what is none, and says what it found`(
    text: String, expected: ImageRefused
  ) async throws {
    #expect(try await refusal(of: Array(text.utf8)) == expected)
  }

  @Test(arguments: [[0xFF, 0xD8, 0xFF], SamplePNG.signature])
  func `refuses what only begins as one`(bytes: [UInt8]) async throws {
    #expect(try await refusal(of: bytes) == .damaged)
  }

  @Test func `looks at the bytes before all else`() async throws {
    let picture = SamplePNG.noise(width: 20, height: 20)
    let most = ImageLimits(bytes: picture.count)
    #expect(try await refusal(of: picture, limits: most) == nil)
    let less = ImageLimits(bytes: picture.count - 1)
    #expect(
      try await refusal(of: picture, limits: less) == .tooManyBytes(limit: picture.count - 1))
    #expect(
      try await refusal(of: [0] + picture, limits: most) == .tooManyBytes(limit: picture.count))
  }

  @Test func `looks at the header's pixels before it reads any`() async throws {
    // The rows are those of a single pixel: whoever began to read them would call them damaged.
    let rows = SamplePNG.compressed([0, 0, 0, 0])
    let bomb = SamplePNG.file(width: 30_000, height: 30_000, rows: rows)
    #expect(try await refusal(of: bomb) == .tooManyPixels(limit: 32_000_000))
    let small = SamplePNG.file(width: 3, height: 3, rows: rows)
    #expect(try await refusal(of: small) == .damaged)
    let picture = SamplePNG.black(width: 100, height: 10)
    #expect(try await refusal(of: picture, limits: ImageLimits(pixels: 1_000)) == nil)
    #expect(
      try await refusal(of: picture, limits: ImageLimits(pixels: 999)) == .tooManyPixels(limit: 999)
    )
  }

  /// Its frame is larger than its screen, which is what the file begins with.
  @Test func `looks at the frame of a GIF too`() async throws {
    let screen: [UInt8] = [1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]
    let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 0x60, 0xEA, 0x60, 0xEA, 0, 2, 2, 0x44, 1, 0, 0x3B]
    #expect(
      try await refusal(of: "GIF89a".utf8 + screen + frame) == .tooManyPixels(limit: 32_000_000))
  }

  @Test func `takes nothing of the file but its pixels`() async throws {
    let script = Array("<script>alert(1)</script>".utf8)
    let file = SamplePNG.file(
      width: 2, height: 1, rows: SamplePNG.compressed([0, 1, 2, 3, 4, 5, 6]),
      more: SamplePNG.chunk("tEXt", Array("Comment\0".utf8) + script))
    let made = try await converter.renditions(
      of: file + script, widths: [100], formats: [.webP, .jpeg, .png])
    #expect(made.count == 3)
    for rendition in made { #expect(rendition.bytes.firstRange(of: script) == nil) }
  }

  @Test func `refuses a file cut anywhere before the last of its pixels`() async throws {
    let whole = SamplePNG.noise(width: 64, height: 64)
    // The checksum of the pixels and the chunk that ends the file.
    let pixelsEnd = whole.count - 16
    for length in stride(from: 0, to: pixelsEnd, by: 64) {
      let cut = Array(whole.prefix(length))
      let expected = length == 0 ? ImageRefused.notAnImage : .damaged
      #expect(try await refusal(of: cut) == expected, "\(length) bytes")
    }
  }

  @Test(arguments: UInt64(1)...4)
  func `survives chance behind a promising beginning`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let texts = [
      "GIF89a", "RIFF\0\u{1}\0\0WEBPVP8 ", "RIFF\0\u{1}\0\0WEBPVP8L", "RIFF\0\u{1}\0\0WEBPVP8X",
    ]
    let beginnings =
      texts.map { Array($0.utf8) } + [[0xFF, 0xD8, 0xFF, 0xE0], SamplePNG.signature]
    for _ in 1...100 {
      for beginning in beginnings {
        let chance = (0..<Int.random(in: 0...300, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        // Some GIFs of chance are pictures; all that counts is that we are here afterwards.
        _ = try await refusal(of: beginning + chance)
      }
    }
  }

  @Test(arguments: UInt64(1)...4)
  func `survives a picture with wrong bytes in it`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let formats: [ImageFormat] = [.webP, .jpeg, .png]
    let pictures = try await converter.renditions(
      of: SamplePNG.noise(width: 48, height: 48), widths: [48], formats: formats)
    for _ in 1...100 {
      for var bytes in pictures.map(\.bytes) {
        for _ in 1...4 {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
        _ = try await refusal(of: bytes)
      }
    }
  }

  @Test func `is refused at once when too many wait`() async throws {
    let busy = ImageConverter(waiting: 0)
    await #expect(throws: ImageRefused.overloaded) {
      try await busy.renditions(of: SamplePNG.black(width: 1, height: 1), widths: [1])
    }
    #expect(ImageRefused.overloaded.status == 503)
  }

  @Test func `is not done for who has gone`() async throws {
    let task = Task {
      // Waits here until it is cancelled, so that it asks as somebody who has gone.
      while !Task.isCancelled { await Task.yield() }
      return try await converter.renditions(
        of: SamplePNG.black(width: 1, height: 1), widths: [1])
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}

extension ImageFormat {
  fileprivate var kind: ImageKind {
    switch self {
    case .webP: .webP
    case .jpeg: .jpeg
    case .png: .png
    }
  }
}
