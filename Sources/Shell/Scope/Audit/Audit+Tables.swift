import PostgreSQL

extension Audit {
  /// Every table of the schema: `oid`, the number of its column `shop_id` (NULL without one), whether
  /// it has `reseller_id`, and whether it says of itself that it is the whole platform's.
  private static let tables: SQL = """
    SELECT c.oid, c.relkind, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
           (SELECT attnum FROM pg_attribute
             WHERE attrelid = c.oid AND attname = 'shop_id' AND NOT attisdropped) AS shop_column,
           (SELECT attnum FROM pg_attribute
             WHERE attrelid = c.oid AND attname = 'shop_id' AND NOT attisdropped
               AND attnotnull AND atttypid = 'uuid'::regtype) AS sound_shop_column,
           EXISTS (SELECT FROM pg_attribute
                    WHERE attrelid = c.oid AND attname = 'reseller_id' AND NOT attisdropped)
             AS has_reseller,
           coalesce(obj_description(c.oid, 'pg_class') LIKE 'global: _%', false) AS is_global
      FROM pg_class AS c
     WHERE c.relnamespace = to_regnamespace('app') AND c.relkind IN ('r', 'p')
    """

  static var tableChecks: [SQL] {
    [
      """
      SELECT format('%s does not force row-level security: CALL app.protect(%L, …).',
                    oid::regclass, oid::regclass) AS finding
        FROM (\(tables)) AS t
       WHERE NOT relrowsecurity OR NOT (relforcerowsecurity OR relispartition)
      """,
      """
      SELECT format('%s has no column shop_id uuid NOT NULL: add it, or say why not with '
                    'CALL app.declare_global(%L, …).', oid::regclass, oid::regclass) AS finding
        FROM (\(tables)) AS t
       WHERE sound_shop_column IS NULL AND NOT is_global
      """,
      // Row-level security hands only leakproof operators to an index, and float cannot count money.
      """
      SELECT format('Column %s of %s is %s: use text with a CHECK, numeric(38,0), bigint or timestamptz.',
                    attname, t.oid::regclass, format_type(atttypid, atttypmod)) AS finding
        FROM (\(tables)) AS t
        JOIN pg_attribute ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped
        JOIN pg_type ON pg_type.oid = atttypid
       WHERE typtype = 'e'
          OR atttypid = ANY ('{money,real,double precision,timestamp,json}'::regtype[])
          OR atttypid = 'numeric'::regtype AND format_type(atttypid, atttypmod) <> 'numeric(38,0)'
      """,
      """
      SELECT format('Index %s holds the numeric column %s, which row-level security keeps out of reach: '
                    'index a bigint beside it.', indexrelid::regclass, attname) AS finding
        FROM (\(tables)) AS t
        JOIN pg_index ON indrelid = t.oid
        JOIN pg_attribute ON attrelid = t.oid AND attnum = ANY (indkey::int2[])
       WHERE atttypid = 'numeric'::regtype
      """,
      """
      SELECT format('%s is a materialized view, which has no policies: use a table.', oid::regclass)
             AS finding
        FROM pg_class
       WHERE relnamespace = to_regnamespace('app') AND relkind = 'm'
      """,
      """
      SELECT format('View %s runs with its owner''s rights: '
                    'ALTER VIEW %s SET (security_invoker = true).', oid::regclass, oid::regclass)
             AS finding
        FROM pg_class
       WHERE relnamespace = to_regnamespace('app') AND relkind = 'v'
         AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
      """,
    ]
  }

  static var policyChecks: [SQL] {
    let shopRoles = groups + [Login.export.rawValue]
    return [
      """
      SELECT format('Policy %s of %s lets %s past its shop: '
                    'replace it by the one that app.protect makes.', polname, t.oid::regclass, role)
             AS finding
        FROM (\(tables)) AS t
        JOIN pg_policy ON polrelid = t.oid AND polpermissive
       CROSS JOIN LATERAL unnest(polroles) AS granted
       CROSS JOIN LATERAL (
         SELECT CASE granted WHEN 0 THEN 'everybody' ELSE granted::regrole::text END) AS r (role)
       WHERE NOT is_global AND (granted = 0 OR role = ANY (\(shopRoles)))
         AND (coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
                IS DISTINCT FROM '(shop_id = app.shop())'
              OR coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid))
                IS DISTINCT FROM '(shop_id = app.shop())')
      """,
      // Permissive policies are ORed: a second one only ever opens.
      """
      SELECT format('%s has %s permissive policies for %s, and they add up: keep one.',
                    t.oid::regclass, count(*), role) AS finding
        FROM (\(tables)) AS t
        JOIN pg_policy ON polrelid = t.oid AND polpermissive
        JOIN unnest(\(roles)) AS role ON to_regrole(role) = ANY (polroles) OR 0 = ANY (polroles)
       GROUP BY t.oid, role
      HAVING count(*) > 1
      """,
      """
      SELECT format('%s does not narrow a reseller to its own rows: make it anew with app.protect.',
                    t.oid::regclass) AS finding
        FROM (\(tables)) AS t
       WHERE has_reseller AND NOT EXISTS (
         SELECT FROM pg_policy
          WHERE polrelid = t.oid AND NOT polpermissive AND polcmd = '*' AND polroles = '{0}'
            AND pg_get_expr(polqual, polrelid)
                  = '((app.reseller() IS NULL) OR (reseller_id = app.reseller()))'
            AND pg_get_expr(polwithcheck, polrelid)
                  = '((app.reseller() IS NULL) OR (reseller_id = app.reseller()))')
      """,
    ]
  }

  static var keyChecks: [SQL] {
    [
      """
      SELECT format('Key %s of %s does not begin with shop_id, and so looks at every shop: '
                    'begin it with shop_id.', conname, t.oid::regclass) AS finding
        FROM (\(tables)) AS t
        JOIN pg_constraint ON conrelid = t.oid
       WHERE NOT is_global AND shop_column IS NOT NULL
         AND (contype IN ('p', 'u') AND conkey[1] <> shop_column
              OR contype = 'x' AND shop_column <> ALL (conkey))
      """,
      // Both sides have it, at the same place: else a row could point into another shop.
      """
      SELECT format('Foreign key %s of %s can point into another shop: '
                    'put shop_id into both sides.', conname, t.oid::regclass) AS finding
        FROM (\(tables)) AS t
        JOIN pg_constraint ON conrelid = t.oid AND contype = 'f'
        JOIN (\(tables)) AS target ON target.oid = confrelid
       WHERE t.shop_column IS NOT NULL AND target.shop_column IS NOT NULL
         AND (array_position(conkey, t.shop_column) IS NULL
              OR array_position(conkey, t.shop_column)
                   IS DISTINCT FROM array_position(confkey, target.shop_column))
      """,
      """
      SELECT format('Index %s of %s does not begin with shop_id: begin it so, or say why not with '
                    'COMMENT ON INDEX %s IS ''global: …''.', indexrelid::regclass, t.oid::regclass,
                    indexrelid::regclass) AS finding
        FROM (\(tables)) AS t
        JOIN pg_index ON indrelid = t.oid
       WHERE NOT is_global AND shop_column IS NOT NULL AND indkey[0] <> shop_column
         AND (indisunique OR NOT coalesce(
               obj_description(indexrelid, 'pg_class') LIKE 'global: _%', false))
      """,
      """
      SELECT format('Index %s was left unfinished: DROP INDEX CONCURRENTLY %s, and make it anew.',
                    indexrelid::regclass, indexrelid::regclass) AS finding
        FROM (\(tables)) AS t
        JOIN pg_index ON indrelid = t.oid
       WHERE NOT indisvalid
      """,
    ]
  }
}
