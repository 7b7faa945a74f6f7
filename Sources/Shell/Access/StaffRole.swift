/// What an account is in one shop.
package enum StaffRole: String, Sendable, CaseIterable, Codable {
  case owner, manager, finance, support, developer

  /// The one table of who may do what in a shop. Each route and each bot command names what it needs.
  package var permissions: Set<ShopPermission> {
    switch self {
    case .owner: Set(ShopPermission.allCases)
    case .manager:
      [
        .readShop, .writeSettings, .readRoles, .writeRoles, .readAudit, .readCatalog, .writeCatalog,
        .readOrders, .writeOrders, .readCustomers, .writeCustomers, .readReports, .writeReports,
      ]
    case .finance:
      [.readShop, .readRoles, .readAudit, .readCatalog, .readOrders, .readCustomers, .readReports]
    case .support:
      [.readShop, .readCatalog, .readOrders, .writeOrders, .readCustomers]
    case .developer:
      [.readShop, .readCatalog, .writeCatalog, .readOrders, .readKeys, .writeKeys]
    }
  }
}

/// What can be done in a shop. API keys carry these as their scopes.
package enum ShopPermission: String, Sendable, CaseIterable, Codable {
  case readShop = "shop:read"
  case writeSettings = "settings:write"
  case readRoles = "roles:read"
  case writeRoles = "roles:write"
  case transferShop = "shop:transfer"
  case closeShop = "shop:close"
  case readAudit = "audit:read"
  case readKeys = "keys:read"
  case writeKeys = "keys:write"
  case readCatalog = "catalog:read"
  case writeCatalog = "catalog:write"
  case readOrders = "orders:read"
  case writeOrders = "orders:write"
  case readCustomers = "customers:read"
  case writeCustomers = "customers:write"
  case readReports = "reports:read"
  case writeReports = "reports:write"

  /// Who holds it by their role.
  package var roles: [StaffRole] { StaffRole.allCases.filter { $0.permissions.contains(self) } }
}

/// Who may give a role, or take it away: whoever may change roles at all and holds all that the role holds,
/// and something beyond. So nobody makes or unmakes their equal, and an owner is made by a transfer alone.
package func mayGrant(_ role: StaffRole, by held: Set<ShopPermission>) -> Bool {
  role != .owner && held.contains(.writeRoles) && role.permissions.isStrictSubset(of: held)
}
