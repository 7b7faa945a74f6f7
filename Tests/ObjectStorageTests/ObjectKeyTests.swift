import Testing

@testable import ObjectStorage

@Suite struct `An object's key` {
  @Test(arguments: ["a", "shops/018f/files/x.png", "a.b-c_D9", "a..b", "a/b.", "-", "_/_"])
  func `is made of plain segments`(text: String) {
    #expect(ObjectKey(text)?.description == text)
  }

  @Test(arguments: [
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", ".hidden",
    "a/.hidden", "a b", "a\\b", "a\0b", "a\nb", "é", "a%2fb", "a~object", "a?b", "a:b", "a*",
  ])
  func `is nothing else`(text: String) { #expect(ObjectKey(text) == nil) }

  @Test func `is of bounded length`() {
    let segment = String(repeating: "a", count: 200)
    #expect(ObjectKey(segment) != nil)
    #expect(ObjectKey(segment + "a") == nil)
    #expect(ObjectKey("\(segment)/\(segment)/\(String(repeating: "a", count: 110))") != nil)
    #expect(ObjectKey("\(segment)/\(segment)/\(String(repeating: "a", count: 111))") == nil)
  }
}
