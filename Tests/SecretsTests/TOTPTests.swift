import FoundationEssentials
import Testing

@testable import Secrets

@Suite struct `An authenticator's code` {
  private let secret = Array("12345678901234567890".utf8)
  private func moment(step: Int) -> Date { Date(timeIntervalSince1970: Double(step * 30 + 7)) }

  @Test(arguments: [
    (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"), (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
  ])
  func `is that of RFC 6238`(second: Int, code: String) {
    #expect(TOTP.code(at: second / 30, secret: secret, digits: 8) == code)
    let now = Date(timeIntervalSince1970: Double(second))
    let shown = String(code.suffix(6))
    #expect(TOTP.step(of: shown, secret: secret, at: now, lastUsed: nil) == second / 30)
  }

  @Test(arguments: [(-2, false), (-1, true), (0, true), (1, true), (2, false)])
  func `is taken one step early or late`(distance: Int, isTaken: Bool) {
    let code = TOTP.code(at: 1_000 + distance, secret: secret)
    let step = TOTP.step(of: code, secret: secret, at: moment(step: 1_000), lastUsed: nil)
    #expect(step == (isTaken ? 1_000 + distance : nil))
  }

  @Test func `is taken once, and none before it after it`() {
    let codes = (999...1_001).map { TOTP.code(at: $0, secret: secret) }
    let now = moment(step: 1_000)
    #expect(TOTP.step(of: codes[1], secret: secret, at: now, lastUsed: 999) == 1_000)
    #expect(TOTP.step(of: codes[1], secret: secret, at: now, lastUsed: 1_000) == nil)
    #expect(TOTP.step(of: codes[0], secret: secret, at: now, lastUsed: 1_000) == nil)
    #expect(TOTP.step(of: codes[2], secret: secret, at: now, lastUsed: 1_000) == 1_001)
    #expect(TOTP.step(of: codes[2], secret: secret, at: now, lastUsed: .max) == nil)
  }

  @Test(arguments: ["", "28708", "0287082", "94287082", "287 082", "２８７０８２", "۲۸۷۰۸۲", "28708a"])
  func `is refused when it is another text`(text: String) {
    let now = Date(timeIntervalSince1970: 59)
    #expect(TOTP.step(of: "287082", secret: secret, at: now, lastUsed: nil) == 1)
    #expect(TOTP.step(of: text, secret: secret, at: now, lastUsed: nil) == nil)
  }

  @Test func `is set up from an address that authenticators read`() {
    #expect(
      TOTP.uri(secret: secret, issuer: "Nila & Co", account: "amina@example.com") == """
        otpauth://totp/Nila%20%26%20Co:amina%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
        &issuer=Nila%20%26%20Co&algorithm=SHA1&digits=6&period=30
        """)
    #expect(TOTP.randomSecret().count == 20)
    #expect(TOTP.randomSecret() != TOTP.randomSecret())
  }
}
