import FoundationEssentials
import PostgreSQL
import Secrets

/// The kinds of owners that have data keys, and the table in which each has them.
enum KeyTable: CaseIterable {
  case shops, accounts

  var name: SQL {
    switch self {
    case .shops: "shop_keys"
    case .accounts: "account_keys"
    }
  }

  /// The column of the owner's id, which is the table's primary key.
  var owner: SQL {
    switch self {
    case .shops: "shop_id"
    case .accounts: "account_id"
    }
  }

  /// What wraps the keys of this table. A root key has other purposes too, each with a key of its own.
  func wrappingKey(from root: SecretKey) -> SecretKey {
    switch self {
    case .shops: root.derived(for: "shop keys")
    case .accounts: root.derived(for: "account keys")
    }
  }

  /// Where a wrapped key lies: in another table or another owner's row it opens nothing.
  func context(of owner: UUID) -> SealContext {
    let table: StaticString =
      switch self {
      case .shops: "shop_keys"
      case .accounts: "account_keys"
      }
    return SealContext(table: table, column: "wrapped", row: owner, owner: owner)
  }
}
