import FoundationEssentials
import Secrets
import Testing

@testable import ObjectStorage

/// Sources: the examples that AWS publishes for Signature Version 4 with S3, and one made by botocore.
@Suite struct `A signature for S3` {
  private let time = Date(timeIntervalSince1970: 1_369_353_600)
  private let host = SignatureV4.Pair("host", "examplebucket.s3.amazonaws.com")
  private let emptyHash = SHA256.hash([]).hexadecimal
  private let signer = SignatureV4(
    accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    region: "us-east-1")

  private func signature(
    _ method: String, _ path: String, query: [SignatureV4.Pair] = [],
    fields: [SignatureV4.Pair] = [], hash: String? = nil
  ) -> String {
    let hash = hash ?? emptyHash
    let fields =
      fields + [
        host, .init("x-amz-content-sha256", hash), .init("x-amz-date", "20130524T000000Z"),
      ]
    let whole = signer.authorization(
      method, path: path, query: query, fields: fields, payloadHash: hash, at: time)
    return String(whole.suffix(64))
  }

  @Test func `is made with a key for the day, region and service`() {
    #expect(
      signer.signingKey(at: time).hexadecimal
        == "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378")
  }

  @Test func `covers a field`() {
    #expect(
      signature("GET", "/test.txt", fields: [.init("Range", "bytes=0-9")])
        == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
  }

  @Test func `covers a parameter without a value`() {
    #expect(
      signature("GET", "/", query: [.init("lifecycle", "")])
        == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
  }

  @Test func `covers parameters in their order, not ours`() {
    #expect(
      signature("GET", "/", query: [.init("prefix", "J"), .init("max-keys", "2")])
        == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  @Test func `covers a body`() {
    #expect(
      signature(
        "PUT", "/test%24file.text",
        fields: [
          .init("Date", "Fri, 24 May 2013 00:00:00 GMT"),
          .init("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ], hash: SHA256.hash("Welcome to Amazon S3.".utf8).hexadecimal)
        == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
  }

  @Test func `does not mind blanks around and within a field`() {
    #expect(
      signature("GET", "/", fields: [.init("x-amz-meta-a", "  one   two ")])
        == signature("GET", "/", fields: [.init("X-Amz-Meta-A", "one two")]))
  }

  @Test func `can stand in a link`() {
    let query = signer.signedQuery(
      "GET", host: host.value, path: "/test.txt", query: [], validForSeconds: 86_400, at: time)
    #expect(
      query
        == "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
        + "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
        + "&X-Amz-SignedHeaders=host&X-Amz-Signature="
        + "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
  }

  @Test func `survives an awkward path and a file's name`() {
    let signer = SignatureV4(
      accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      region: "us-east-1")
    let query = signer.signedQuery(
      "GET", host: "127.0.0.1:9000",
      path: "/shop-files/" + "dir/r&d é=+.txt".percentEncoded(keeping: "/"),
      query: [.init("response-content-disposition", "attachment; filename=\"a b.txt\"")],
      validForSeconds: 600, at: Date(timeIntervalSince1970: 1_750_000_000))
    #expect(
      query.hasSuffix("2d48cf5908800ae2cac4dc9653399508474e4584a0753045909b3f192feaa1d5"))
    #expect(query.contains("attachment%3B%20filename%3D%22a%20b.txt%22"))
  }
}
