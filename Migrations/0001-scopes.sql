-- Why: whose rows a transaction sees. A transaction says it once (SET LOCAL app.shop_id = '…'), and
-- every table answers only for that shop; nothing said means no rows and no writes.
-- Locks: none; everything here is new. Undo: DROP SCHEMA app CASCADE, on an empty database only.

-- Functions start closed. For the owner's later functions too, so a forgotten REVOKE opens nothing.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA app TO
  martlet_public, martlet_account, martlet_staff, martlet_commerce,
  martlet_worker, martlet_operator, martlet_export, martlet_resolver;

-- After a transaction that used SET LOCAL the setting is the empty text, not NULL: hence nullif.
CREATE FUNCTION app.shop() RETURNS uuid STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.shop_id', true), '')::uuid;
CREATE FUNCTION app.account() RETURNS uuid STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.account_id', true), '')::uuid;
CREATE FUNCTION app.reseller() RETURNS uuid STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.reseller_id', true), '')::uuid;
GRANT EXECUTE ON FUNCTION app.shop(), app.account(), app.reseller() TO
  martlet_public, martlet_account, martlet_staff, martlet_commerce,
  martlet_worker, martlet_operator, martlet_export;

-- Every table of a shop's rows calls this once, naming the roles that may work in one shop. What they
-- may do there is said by GRANT. `shop_id = app.shop()` has no sub-select because Citus refuses one
-- in the policy of a distributed table.
CREATE PROCEDURE app.protect(protected regclass, VARIADIC roles name[]) LANGUAGE plpgsql AS $$
DECLARE
  role_list text := (SELECT string_agg(quote_ident(role), ', ') FROM unnest(roles) AS role);
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', protected);
  EXECUTE format(
    'CREATE POLICY shop_rows ON %s TO %s
       USING (shop_id = app.shop()) WITH CHECK (shop_id = app.shop())', protected, role_list);
  IF EXISTS (
    SELECT FROM pg_attribute
     WHERE attrelid = protected AND attname = 'reseller_id' AND NOT attisdropped)
  THEN
    -- For everybody, so that a role added later is narrowed too.
    EXECUTE format(
      'CREATE POLICY reseller_rows ON %s AS RESTRICTIVE
         USING (app.reseller() IS NULL OR reseller_id = app.reseller())
         WITH CHECK (app.reseller() IS NULL OR reseller_id = app.reseller())', protected);
  END IF;
END $$;

-- A table of the whole platform says so here, with the reason, and the start-up audit reads it: rows
-- without a shop, or keys that are unique over all shops. Who sees them is said by its own policies.
CREATE PROCEDURE app.declare_global(declared regclass, reason text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', declared);
  EXECUTE format('COMMENT ON TABLE %s IS %L', declared, 'global: ' || reason);
END $$;

CALL app.declare_global('migrations', 'which schema this is concerns the whole database');
CREATE POLICY owner_rows ON migrations TO martlet_owner USING (true) WITH CHECK (true);
CREATE POLICY public_rows ON migrations FOR SELECT TO martlet_public USING (true);
GRANT SELECT ON migrations TO martlet_public;
