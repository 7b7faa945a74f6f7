import PostgreSQL

extension Audit {
  /// Taken by the web login, one a transaction.
  static let groups = ["martlet_public", "martlet_account", "martlet_staff", "martlet_commerce"]
  /// Nobody logs in as these; they own things.
  static let owners = [
    "martlet_owner", "martlet_resolver", "martlet_queue", "martlet_opener",
  ]
  static let roles = Login.allCases.map(\.rawValue) + groups + owners
  /// Who may become whom. Whatever is not here is a way around the scopes.
  static let memberships =
    groups.map { "\(Login.web.rawValue) \($0)" }
    + [
      "\(Login.migrate.rawValue) martlet_owner", "martlet_owner martlet_resolver",
      "martlet_owner martlet_queue", "martlet_owner martlet_opener",
    ]

  static var roleChecks: [SQL] {
    [
      """
      SELECT format('Role %s is missing: run Migrations/roles.sql.', name) AS finding
        FROM unnest(\(roles)) AS name
       WHERE to_regrole(name) IS NULL
      """,
      """
      SELECT format('Role %s is superuser, or has BYPASSRLS, CREATEROLE, CREATEDB or REPLICATION: '
                    'take it away with ALTER ROLE.', rolname) AS finding
        FROM pg_roles
       WHERE rolname = ANY (\(roles))
         AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
      """,
      """
      SELECT format('Role %s can log in: ALTER ROLE %s NOLOGIN.', rolname, rolname) AS finding
        FROM pg_roles
       WHERE rolname = ANY (\(groups + owners)) AND rolcanlogin
      """,
      """
      SELECT format('Role %s inherits rights outside a scope: ALTER ROLE %s NOINHERIT.',
                    rolname, rolname) AS finding
        FROM pg_roles
       WHERE rolname = \(Login.web.rawValue) AND rolinherit
      """,
      """
      SELECT format('%s may become %s: REVOKE %s FROM %s.', member.rolname, granted.rolname,
                    granted.rolname, member.rolname) AS finding
        FROM pg_auth_members AS link
        JOIN pg_roles AS member ON member.oid = link.member
        JOIN pg_roles AS granted ON granted.oid = link.roleid
       WHERE member.rolname = ANY (\(roles))
         AND (link.admin_option
              OR member.rolname || ' ' || granted.rolname <> ALL (\(memberships)))
      """,
      """
      SELECT format('This program logs in as %s, which no policy holds back: '
                    'use martlet_web in DATABASE_URL.', rolname) AS finding
        FROM pg_roles
       WHERE rolname = session_user
         AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication
              OR pg_has_role(session_user, coalesce(to_regrole('martlet_owner'), oid), 'MEMBER')
                 AND to_regrole('martlet_owner') IS NOT NULL)
      """,
      """
      SELECT format('%s owns %s: ALTER … OWNER TO martlet_owner.', relowner::regrole, oid::regclass)
             AS finding
        FROM pg_class
       WHERE relnamespace = to_regnamespace('app') AND relowner <> to_regrole('martlet_owner')
      """,
    ]
  }
}
