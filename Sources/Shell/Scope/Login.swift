/// The database roles that a process logs in as; `Migrations/roles.sql` makes them.
package enum Login: String, Sendable, CaseIterable {
  /// Becomes the owner of everything. Only migrations use it.
  case migrate = "martlet_migrate"
  /// The web processes: no rights of its own, one scope's role a transaction.
  case web = "martlet_web"
  case worker = "martlet_worker"
  case `operator` = "martlet_operator"
  case export = "martlet_export"
}
