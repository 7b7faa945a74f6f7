/// The passwords that everybody tries first, as far as they are long enough to be chosen at all.
///
/// Kept as what they are made of: common words alone, doubled, or with the digits and signs that people
/// put behind them, and walks over the keyboard. So a few hundred words stand for many thousands.
enum CommonPasswords {
  /// - Parameter password: In lower case.
  static func contain(_ password: String) -> Bool {
    let letters = Array(plain(password).utf8)
    if Set(letters).count <= 3 || isWalk(letters) || isRepeated(letters) { return true }
    // What is left without the digits and signs around it, such as `password` of `password2024!`.
    let core = letters.trimmed { !$0.isLetter }
    return isMadeOfCommonWords(core[...]) || core.isEmpty && isWalk(letters.filter(\.isDigit))
  }

  /// Undoes the usual disguises of letters.
  private static func plain(_ password: String) -> String {
    String(
      password.map { character in
        switch character {
        case "@": "a"
        case "$": "s"
        case "0" where password.contains(where: \.isLetter): "o"
        default: character
        }
      })
  }

  private static func isMadeOfCommonWords(_ letters: ArraySlice<UInt8>, depth: Int = 3) -> Bool {
    guard let text = String(validating: letters, as: UTF8.self), !text.isEmpty else { return false }
    if words.contains(text) { return true }
    guard depth > 1 else { return false }
    return letters.indices.dropFirst().contains { cut in
      guard let head = String(validating: letters[..<cut], as: UTF8.self), words.contains(head)
      else { return false }
      return isMadeOfCommonWords(letters[cut...], depth: depth - 1)
    }
  }

  /// One piece, again and again, such as `abcabcabcabc`.
  private static func isRepeated(_ letters: [UInt8]) -> Bool {
    (1...max(1, letters.count / 2)).contains { size in
      size < letters.count
        && letters.indices.dropFirst(size).allSatisfy { letters[$0] == letters[$0 - size] }
    }
  }

  /// Neighbours on the keyboard or in the alphabet, in a row, forwards or backwards.
  private static func isWalk(_ letters: [UInt8]) -> Bool {
    guard letters.count >= 4, let text = String(validating: letters, as: UTF8.self) else {
      return false
    }
    let backwards = String(text.reversed())
    return rows.contains { row in
      let endless = row + row
      return endless.contains(text) || endless.contains(backwards)
    }
  }

  private static let rows = [
    "1234567890", "0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertyuiop[]",
    "asdfghjkl", "zxcvbnm", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujmikolp", "azertyuiop",
    "qwertzuiop",
  ]

  private static let words: Set<String> = Set(
    """
    a abc access account admin administrator alex alexander amanda america andrea andrew angel anthony \
    apple april arsenal ashley asdf august autumn baby banana barcelona baseball basketball batman \
    beautiful benjamin bitcoin biteme black blue boss brandon butter butterfly buster changeme charlie \
    cheese chelsea chicken chocolate christian christmas computer cookie corvette cowboy crystal daniel \
    danielle dallas david december default demo diamond doctor dog dragon eagle elephant elizabeth \
    eminem enter facebook family fashion february ferrari fire flower football forever freedom friday \
    friend friends fuckoff fuckyou gabriel game gateway george gfhjkm ginger girl god golf google \
    green guest hannah happy harley heaven hello hello1 hunter iceman iloveu iloveyou india internet \
    isabella iwantu jackson jasmine jason jennifer jessica jesus john jonathan jordan joseph joshua \
    july june junior justin killer king kitty knight lakers letmein liverpool login london lovely love \
    loveme lover maggie manager march maria marina marlboro martin martlet master matrix matthew \
    maxwell me melissa mercedes metallica michael michelle mickey monday money monkey monster mother \
    mustang my myspace naruto natasha nathan nicholas nicole nikita ninja no november nothing october \
    oliver one orange p pass passw passw0rd password passwort patrick peanut pepper phoenix please \
    pokemon police princess private purple q qwe qwer qwert qwerty rabbit rachel ranger real realmadrid \
    rebecca red robert rock root sabrina saturday samantha samsung sandra sarah scooter secret secure \
    security september service shadow shop silver simple slipknot smile snoopy soccer spiderman spring \
    star starwars stephanie steven sum41 summer sunday sunflower sunshine super superman superstar \
    sweet sweety system tech telegram temp test testing test1 the thebest thomas thunder thursday \
    tiffany tiger tigger tinkerbell trustno toor trust trustnoone tuesday two user vanessa victor \
    victoria virginia wednesday welcome whatever white william willow windows winner winter wizard \
    wolf world xbox xxx yankees yellow you zaq zxc zxcvbn
    """.split(separator: " ").map(String.init))
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isLetter: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || self >= 128
  }
}

extension [UInt8] {
  fileprivate func trimmed(_ isRubbish: (UInt8) -> Bool) -> [UInt8] {
    let head = drop(while: isRubbish)
    guard let last = head.lastIndex(where: { !isRubbish($0) }) else { return [] }
    return Array(head[...last])
  }
}
