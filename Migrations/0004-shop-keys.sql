-- Why: each shop has a data key that seals its secrets, kept here wrapped by a root key. Root keys are in
-- a file, never here. Destroying a shop's row destroys what it sealed.
-- Locks: none; everything here is new. Undo: DROP TABLE shop_keys, root_keys, until a shop has a secret.

-- Which root keys may wrap. A rotation puts its new key here before anybody uses it, and takes an old one
-- out once nothing refers to it: from then on a process that still holds the old one cannot store
-- what the file no longer opens.
CREATE TABLE root_keys (
  root_key_id  bytea PRIMARY KEY CHECK (octet_length(root_key_id) = 8)
);
CALL app.declare_global('root_keys', 'the root keys belong to the installation');

CREATE TABLE shop_keys (
  shop_id      uuid PRIMARY KEY REFERENCES shops (shop_id),
  root_key_id  bytea NOT NULL REFERENCES root_keys (root_key_id),
  wrapped      bytea NOT NULL,
  -- The sealed form names its key behind the version byte.
  CONSTRAINT wrapped_by_root_key CHECK (substring(wrapped FROM 2 FOR 8) = root_key_id)
);
CALL app.protect('shop_keys', 'martlet_staff', 'martlet_commerce');
CREATE POLICY operator_rows ON shop_keys TO martlet_operator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON shop_keys TO martlet_staff, martlet_commerce;
GRANT SELECT, UPDATE (root_key_id, wrapped) ON shop_keys TO martlet_operator;

CREATE POLICY public_rows ON root_keys FOR SELECT TO martlet_public USING (true);
CREATE POLICY operator_rows ON root_keys TO martlet_operator USING (true) WITH CHECK (true);
GRANT SELECT ON root_keys TO martlet_public;
GRANT SELECT, INSERT, DELETE ON root_keys TO martlet_operator;

-- The first key of a new installation, and no other: later ones come by rotation.
CREATE FUNCTION app.register_first_root_key(wanted bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ INSERT INTO app.root_keys SELECT wanted WHERE NOT EXISTS (SELECT FROM app.root_keys)
      ON CONFLICT DO NOTHING $$;
CREATE POLICY resolver_rows ON root_keys TO martlet_resolver USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON root_keys TO martlet_resolver;
GRANT EXECUTE ON FUNCTION app.register_first_root_key(bytea) TO martlet_public;
GRANT CREATE ON SCHEMA app TO martlet_resolver;
ALTER FUNCTION app.register_first_root_key(bytea) OWNER TO martlet_resolver;
REVOKE CREATE ON SCHEMA app FROM martlet_resolver;
