-- Why: every change in a shop is written down with who made it and what it was before, in a chain that
-- shows whether a line was changed, taken out or put in later.
-- Locks: none; everything here is new. Undo: DROP TABLE audit_sweeps, audit_heads, audit_seals, audit_log,
-- until the first shop.

CREATE TABLE audit_log (
  shop_id      uuid NOT NULL REFERENCES shops (shop_id),
  id           uuid NOT NULL,
  at           timestamptz NOT NULL,
  actor_kind   text NOT NULL CHECK (actor_kind IN ('account', 'api_key', 'operator', 'platform')),
  actor_id     uuid,                    -- an account or a key; NULL for the platform itself
  role         text CHECK (role ~ '^[a-z_]{1,40}$'),          -- the actor's in the shop, at that time
  action       text NOT NULL CHECK (action ~ '^[a-z][a-z0-9_]{0,63}$'),
  target_kind  text NOT NULL CHECK (target_kind ~ '^[a-z][a-z0-9_]{0,63}$'),
  target_id    text NOT NULL CHECK (length(target_id) BETWEEN 1 AND 200),
  -- JSON objects of what differs, secrets left out. Text, since the chain is over exactly these bytes.
  before       text NOT NULL CHECK (octet_length(before) <= 65536 AND jsonb_typeof(before::jsonb) = 'object'),
  after        text NOT NULL CHECK (octet_length(after) <= 65536 AND jsonb_typeof(after::jsonb) = 'object'),
  address      text CHECK (length(address) <= 64),
  request_id   text CHECK (length(request_id) <= 64),
  PRIMARY KEY (shop_id, id),
  CHECK ((actor_kind = 'platform') = (actor_id IS NULL))
);
CREATE INDEX audit_log_in_order ON audit_log (shop_id, at, id);
CREATE INDEX audit_log_of_actor ON audit_log (shop_id, actor_id, at, id);
CREATE INDEX audit_log_of_target ON audit_log (shop_id, target_id, at, id);
CREATE INDEX audit_log_newest ON audit_log (at);
COMMENT ON INDEX audit_log_newest IS 'global: the worker asks what is new in any shop';
CALL app.protect('audit_log', 'martlet_staff', 'martlet_commerce');
CREATE POLICY operator_rows ON audit_log TO martlet_operator USING (true) WITH CHECK (true);
CREATE POLICY worker_rows ON audit_log FOR SELECT TO martlet_worker USING (true);
CREATE POLICY opener_rows ON audit_log TO martlet_opener USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON audit_log TO martlet_staff, martlet_operator, martlet_opener;
GRANT INSERT ON audit_log TO martlet_commerce;
GRANT SELECT ON audit_log TO martlet_worker;

-- The chain of a shop: its entries in the order in which they were sealed, each seal over the one before.
-- What is hashed, and how, is said in Sources/Shell/Audit/AuditChain.swift.
CREATE TABLE audit_seals (
  shop_id     uuid NOT NULL,
  sequence    bigint NOT NULL CHECK (sequence > 0),
  entry_id    uuid NOT NULL,
  entry_hash  bytea NOT NULL CHECK (octet_length(entry_hash) = 32),
  hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (shop_id, sequence),
  UNIQUE (shop_id, entry_id),
  FOREIGN KEY (shop_id, entry_id) REFERENCES audit_log (shop_id, id)
);
CALL app.protect('audit_seals', 'martlet_staff');
CREATE POLICY operator_rows ON audit_seals FOR SELECT TO martlet_operator USING (true);
CREATE POLICY worker_rows ON audit_seals TO martlet_worker USING (true) WITH CHECK (true);
GRANT SELECT ON audit_seals TO martlet_staff, martlet_operator;
GRANT SELECT, INSERT ON audit_seals TO martlet_worker;

-- The last seal of each shop, kept apart so that it is missed when it is taken off the chain's end.
CREATE TABLE audit_heads (
  shop_id   uuid PRIMARY KEY REFERENCES shops (shop_id),
  sequence  bigint NOT NULL CHECK (sequence > 0),
  entry_id  uuid NOT NULL,
  hash      bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CALL app.protect('audit_heads', 'martlet_staff');
CREATE POLICY operator_rows ON audit_heads FOR SELECT TO martlet_operator USING (true);
CREATE POLICY worker_rows ON audit_heads TO martlet_worker USING (true) WITH CHECK (true);
GRANT SELECT ON audit_heads TO martlet_staff, martlet_operator;
GRANT SELECT, INSERT, UPDATE (sequence, entry_id, hash) ON audit_heads TO martlet_worker;

-- When all that was new had been sealed, last. An entry without seal that says it is from well before then
-- was not there then.
CREATE TABLE audit_sweeps (
  is_only_row  boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  at           timestamptz NOT NULL
);
CALL app.declare_global('audit_sweeps', 'one sweep seals what is new in all shops');
CREATE POLICY operator_rows ON audit_sweeps FOR SELECT TO martlet_operator USING (true);
CREATE POLICY worker_rows ON audit_sweeps TO martlet_worker USING (true) WITH CHECK (true);
GRANT SELECT ON audit_sweeps TO martlet_operator;
GRANT SELECT, INSERT, UPDATE (at) ON audit_sweeps TO martlet_worker;

-- For the owner of the tables too.
CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'MA001';
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER only_grows BEFORE DELETE OR TRUNCATE ON audit_heads
  FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER only_forward BEFORE UPDATE ON audit_heads
  FOR EACH ROW WHEN (NEW.shop_id <> OLD.shop_id OR NEW.sequence <= OLD.sequence)
  EXECUTE FUNCTION app.refuse_change();

-- What an account does in a shop outside of any shop's scope, such as opening it, as the one of the
-- transaction and in the role that it has there.
CREATE FUNCTION app.record_own_act(
  of_shop uuid, of_entry uuid, of_time timestamptz, of_action text, of_target_kind text,
  of_target_id text, of_before text, of_after text, of_address text, of_request text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO app.audit_log
    (shop_id, id, at, actor_kind, actor_id, role, action, target_kind, target_id, before, after,
     address, request_id)
  SELECT shop.shop_id, of_entry, of_time, 'account', mine.account_id, mine.role, of_action,
         of_target_kind, of_target_id, of_before, of_after,
         CASE WHEN shop.logs_ip_addresses THEN of_address END, of_request
    FROM app.shops AS shop JOIN app.shop_roles AS mine USING (shop_id)
   WHERE shop.shop_id = of_shop AND mine.account_id = app.account()
$$;
GRANT EXECUTE ON FUNCTION
  app.record_own_act(uuid, uuid, timestamptz, text, text, text, text, text, text, text)
  TO martlet_account;

-- What the people of a shop are called: those who work there, and of the given ones those who once
-- changed something there. Staff see no accounts otherwise.
CREATE FUNCTION app.names_in_shop(of_accounts uuid[])
RETURNS TABLE (account_id uuid, name text, works_here boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT known.account_id, account.name, bool_or(known.works_here)
    FROM (SELECT mine.account_id, true FROM app.shop_roles AS mine WHERE mine.shop_id = app.shop()
           UNION ALL
          SELECT asked.account_id, false FROM unnest(of_accounts) AS asked (account_id)
           WHERE EXISTS (
             SELECT FROM app.audit_log AS entry
              WHERE entry.shop_id = app.shop() AND entry.actor_id = asked.account_id
                AND entry.actor_kind = 'account')) AS known (account_id, works_here)
    JOIN app.accounts AS account USING (account_id)
   GROUP BY known.account_id, account.name
   ORDER BY account.name, known.account_id
$$;
GRANT EXECUTE ON FUNCTION app.names_in_shop(uuid[]) TO martlet_staff;

GRANT CREATE ON SCHEMA app TO martlet_opener;
ALTER FUNCTION app.record_own_act(uuid, uuid, timestamptz, text, text, text, text, text, text, text)
  OWNER TO martlet_opener;
ALTER FUNCTION app.names_in_shop(uuid[]) OWNER TO martlet_opener;
REVOKE CREATE ON SCHEMA app FROM martlet_opener;
