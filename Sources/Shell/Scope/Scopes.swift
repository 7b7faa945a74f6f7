package import FoundationEssentials
import PostgreSQL

/// Whose rows a transaction may touch. Only this module can make one, since only it can make a
/// `Passage`; everybody else is handed one by a guard.
package protocol TransactionScope: Sendable {
  var passage: Passage { get }
  /// The shop or, outside of shops, the account whose rows these are; nil for nobody's.
  var owner: UUID? { get }
}

/// The database role that a scope takes, and the settings that row-level security reads.
package struct Passage: Sendable {
  let context: TransactionContext
  init(_ context: TransactionContext) { self.context = context }
}

/// Nobody's rows: what the platform shows to everybody, and the functions that turn a name into a shop.
package struct PublicScope: TransactionScope {
  package let passage: Passage
  package var owner: UUID? { nil }

  init() { passage = Passage(TransactionContext(role: "martlet_public")) }
}

/// One account's own identity: sign-in, profile, the list of its shops.
package struct AccountScope: TransactionScope {
  package let id: ID<Account>
  package let passage: Passage
  package var owner: UUID? { id.uuid }

  init(_ id: ID<Account>) {
    self.id = id
    passage = Passage(
      TransactionContext(role: "martlet_account", settings: ["app.account_id": id.uuid]))
  }
}

/// One shop's rows, or those of one reseller in it.
package struct ShopScope: TransactionScope {
  /// The group of tables, and with it the database role.
  package enum Tables: String, Sendable, CaseIterable {
    /// What visitors see, read only.
    case catalogue = "martlet_public"
    /// Catalogue, settings, bots, customers.
    case staff = "martlet_staff"
    /// Orders, payments, books.
    case commerce = "martlet_commerce"
  }

  package let id: ID<Shop>
  package let reseller: ID<Reseller>?
  package let tables: Tables
  package let passage: Passage
  package var owner: UUID? { id.uuid }

  init(_ id: ID<Shop>, reseller: ID<Reseller>? = nil, tables: Tables) {
    self.id = id
    self.reseller = reseller
    self.tables = tables
    let role = tables.rawValue
    passage =
      if let reseller {
        Passage(
          TransactionContext(
            role: role, settings: ["app.shop_id": id.uuid, "app.reseller_id": reseller.uuid]))
      } else {
        Passage(TransactionContext(role: role, settings: ["app.shop_id": id.uuid]))
      }
  }
}

/// The platform's people, across shops, where policies were written for them. Needs a `Database` that
/// logs in as `martlet_operator`: the web processes' login may not take this role.
package struct OperatorScope: TransactionScope {
  package let passage: Passage
  package var owner: UUID? { nil }

  init() { passage = Passage(TransactionContext(role: "martlet_operator")) }
}
