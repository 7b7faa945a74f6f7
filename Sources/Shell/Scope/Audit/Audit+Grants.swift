import PostgreSQL

extension Audit {
  /// Every right on a relation of the schema, or on a column of one.
  private static let grants: SQL = """
    SELECT c.oid, c.relkind, c.relispartition, c.relowner, NULL::name AS attname,
           acl.grantee, acl.privilege_type, acl.is_grantable
      FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS acl
     WHERE c.relnamespace = to_regnamespace('app')
     UNION ALL
    SELECT c.oid, c.relkind, c.relispartition, c.relowner, a.attname,
           acl.grantee, acl.privilege_type, acl.is_grantable
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
     CROSS JOIN LATERAL aclexplode(a.attacl) AS acl
     WHERE c.relnamespace = to_regnamespace('app')
    """

  /// The grantee as GRANT names it.
  private static let grantee: SQL =
    "CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END"

  static var grantChecks: [SQL] {
    [
      """
      SELECT format('%s may %s on %s: REVOKE it.', \(grantee), privilege_type, oid::regclass) AS finding
        FROM (\(grants)) AS g
       WHERE grantee <> relowner
         AND (privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') OR is_grantable OR grantee = 0
              OR grantee = to_regrole(\(Login.web.rawValue)) OR relispartition)
      """,
      """
      SELECT format('%s may move rows of %s to another shop: GRANT UPDATE on single columns, '
                    'and never on shop_id.', \(grantee), g.oid::regclass) AS finding
        FROM (\(grants)) AS g
        JOIN pg_attribute AS a ON a.attrelid = g.oid AND a.attname = 'shop_id' AND NOT a.attisdropped
       WHERE grantee <> relowner AND privilege_type = 'UPDATE'
         AND (g.attname IS NULL OR g.attname = 'shop_id')
      """,
      """
      SELECT format('%s may %s in schema %s: REVOKE it.', \(grantee), privilege_type, nspname) AS finding
        FROM pg_namespace CROSS JOIN LATERAL aclexplode(nspacl)
       WHERE nspname IN ('app', 'public') AND grantee <> nspowner
         AND (privilege_type = 'CREATE' OR grantee IN (0, to_regrole(\(Login.web.rawValue))))
      """,
      """
      SELECT format('Everybody may %s the database: run Migrations/roles.sql.', privilege_type)
             AS finding
        FROM pg_database
       CROSS JOIN LATERAL aclexplode(coalesce(datacl, acldefault('d', datdba)))
       WHERE datname = current_database() AND grantee = 0
      """,
      """
      SELECT format('Later objects will be open to %s by themselves: '
                    'ALTER DEFAULT PRIVILEGES … REVOKE.', \(grantee)) AS finding
        FROM pg_default_acl CROSS JOIN LATERAL aclexplode(defaclacl)
       WHERE defaclrole = to_regrole('martlet_owner') AND grantee <> defaclrole
      """,
    ]
  }

  static var codeChecks: [SQL] {
    [
      """
      SELECT format('%s can be called by everybody: REVOKE EXECUTE … FROM PUBLIC.', oid::regprocedure)
             AS finding
        FROM pg_proc
       CROSS JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner)))
       WHERE pronamespace = to_regnamespace('app') AND grantee = 0
      """,
      """
      SELECT format('%s runs with the rights of %s: give it a small owner, as martlet_resolver is.',
                    p.oid::regprocedure, rolname) AS finding
        FROM pg_proc AS p JOIN pg_roles ON pg_roles.oid = proowner
       WHERE pronamespace = to_regnamespace('app') AND prosecdef
         AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolname = 'martlet_owner')
      """,
      """
      SELECT format('%s runs with its owner''s rights and the caller''s search_path: '
                    'add SET search_path = pg_catalog, pg_temp.', oid::regprocedure) AS finding
        FROM pg_proc
       WHERE pronamespace = to_regnamespace('app') AND prosecdef
         AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)
      """,
    ]
  }
}
