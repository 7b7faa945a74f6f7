import Testing

@testable import Accounts
@testable import Secrets

@Suite struct `A code as people type it` {
  @Test(arguments: [
    "123456", " 123 456 ", "123-456", "۱۲۳۴۵۶", "١٢٣٤٥٦", "\u{200F}123456", "123\u{A0}456",
  ])
  func `is six digits in any dress`(typed: String) {
    #expect(SecondFactorCode(typed) == .digits("123456"))
  }

  @Test(arguments: ["ABCDE-01234", "abcde01234", "AbCdE 0I2E4", "abcde–o1234", "abcde-۰۱۲۳۴"])
  func `is a recovery code in any dress`(typed: String) {
    guard case .recovery(let code) = SecondFactorCode(typed) else {
      return #expect(Bool(false), "\(typed) is no recovery code")
    }
    #expect(["ABCDE-01234", "ABCDE-012E4"].contains(code.text))
  }

  @Test(arguments: [
    "", "12345", "1234567", "12345a", "ABCDE-0123", "ABCDE-012345", "ABCDU-01234", "ABCDE_01234",
    "ＡＢＣＤＥ01234", "½½½½½½",
  ])
  func `is refused when it is neither`(typed: String) {
    #expect(SecondFactorCode(typed) == nil)
  }
}

@Suite struct `A set of recovery codes` {
  @Test func `has ten different ones that can be read back`() {
    let codes = RecoveryCode.newSet()
    #expect(Set(codes).count == 10)
    for code in codes {
      #expect(code.text.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}/) != nil)
      #expect(SecondFactorCode(code.text) == .recovery(code))
    }
  }

  @Test func `is stored by hashes that another account's key does not give`() {
    let code = RecoveryCode.random()
    let (mine, theirs) = (SecretKey.random(), SecretKey.random())
    #expect(code.hash(by: mine) == code.hash(by: mine))
    #expect(code.hash(by: mine) != code.hash(by: theirs))
    #expect(code.hash(by: mine).count == 32)
  }
}
