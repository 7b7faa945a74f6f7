import Access
import HTTPServer
import Testing

@testable import Shops

@Suite struct `A signed request` {
  /// Computed with OpenSSL: `openssl dgst -sha256 -hmac KEY`.
  @Test func `is signed as others sign it`() {
    let signature = RequestSignature.text(
      at: 1_800_000_000, .post, "/api/shops/tea/api-keys?a=1", body: Array(#"{"a":1}"#.utf8),
      key: "mk_test_abc")
    #expect(signature == "8a541965b56dcfe5d387fd3b37d22202e012ef6a08425bc8ac504f27e2425098")
  }

  @Test(arguments: ShopPermission.allCases)
  func `is asked of keys that lead to more rights`(scope: ShopPermission) {
    #expect(scope.needsSignature == [.writeKeys, .writeRoles].contains(scope))
  }
}

@Suite struct `An API key` {
  @Test(arguments: APIKey.Mode.allCases)
  func `says what it is for, and little else`(mode: APIKey.Mode) throws {
    let key = APIKey.random(mode)
    #expect(key.text.hasPrefix("mk_\(mode.rawValue)_"))
    #expect(key.text.count == 8 + 43)
    #expect(key.shownPrefix.count == 16)
    #expect(try #require(APIKey(key.text)).hash == key.hash)
  }

  @Test(arguments: ["", "mk_", "mk_other_abc", "eyJhbGciOi", nil] as [String?])
  func `is no other token`(text: String?) {
    #expect(APIKey(text) == nil)
  }

  @Test func `never owns a shop nor closes it`() {
    #expect(
      Set(ShopPermission.allCases).subtracting(ShopPermission.scopes) == [
        .transferShop, .closeShop,
      ])
  }
}
