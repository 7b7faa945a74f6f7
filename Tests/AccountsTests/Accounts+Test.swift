import API
import DataKeys
import Foundation
import HTML
import Scope
import Secrets
import Web

@testable import Accounts

extension Accounts {
  /// The capability on a database, with root keys of its own and passwords that are cheap to hash.
  /// - Parameter folder: Where its key file is made.
  static func test(
    on database: Database, context: Context, keysIn folder: String
  ) throws -> Accounts {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = KeyFile(path: "\(folder)/root-keys")
    _ = try file.loadOrMake()
    let rootKeys = try RootKeys(file: file)
    let languages = try Languages(folder: packageFolder + "/Locales")
    return Accounts(
      site: Site(
        baseURL: "http://martlet.example", languages: languages, database: database,
        context: context, asset: { $0 }),
      api: API(
        database: database, context: context, languages: languages,
        requestsPerMinute: 1_000),
      rootKeys: rootKeys, dataKeys: DataKeys(rootKeys: rootKeys, database: database),
      passwords: PasswordHasher(cost: PasswordCost(memoryBytes: 8 << 10, passes: 1)))
  }

  /// …/Tests/AccountsTests/Accounts+Test.swift without its last three parts.
  private static let packageFolder = #filePath.split(separator: "/").dropLast(3)
    .map { "/\($0)" }.joined()
}
