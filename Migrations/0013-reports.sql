-- Why: what people report about shops, what the platform's people decide, what a shop answers to it, and
-- the texts that its buyers rely on; and the keys that seal what buyers entrust to it.
-- Locks: shop_transitions, briefly, for a column with a constant default and a check over its few rows.
-- Undo: DROP TABLE shop_reports, shop_appeals, shop_policies, shop_box_keys; DROP the column, the check and app.close_shop.

ALTER TABLE shop_transitions
  -- What the owner is told about how to appeal.
  ADD COLUMN appeal text NOT NULL DEFAULT '' CHECK (length(appeal) <= 2000),
  -- As `ShopState` has them.
  ADD CONSTRAINT shop_transitions_known CHECK ((from_state, to_state) IN (
    ('pending', 'active'), ('pending', 'closed'), ('pending', 'terminated'),
    ('active', 'suspended'), ('active', 'closed'), ('active', 'terminated'),
    ('suspended', 'active'), ('suspended', 'closed'), ('suspended', 'terminated'),
    ('closed', 'active'), ('closed', 'terminated')));

-- Written by anybody who visits a shop, and read by the platform's people alone.
CREATE TABLE shop_reports (
  shop_id     uuid NOT NULL REFERENCES shops (shop_id),
  id          uuid NOT NULL,
  ground      text NOT NULL CHECK (ground IN (
                'prohibited', 'counterfeit', 'fraud', 'not_delivered', 'stolen_content', 'other')),
  about       text NOT NULL CHECK (length(about) BETWEEN 1 AND 300),
  details     text NOT NULL CHECK (length(details) BETWEEN 1 AND 4000),
  email       text CHECK (length(email) <= 254),
  sent_at     timestamptz NOT NULL,
  decision    text CHECK (decision IN ('dismiss', 'suspend', 'terminate')),
  decided_by  uuid,                       -- an operator's account
  decided_at  timestamptz,
  reason      text CHECK (length(reason) <= 1000),
  PRIMARY KEY (shop_id, id),
  CHECK (num_nulls(decision, decided_by, decided_at, reason) IN (0, 4))
);
CREATE INDEX shop_reports_open ON shop_reports (id) WHERE decided_at IS NULL;
COMMENT ON INDEX shop_reports_open IS 'global: the operators'' queue is over all shops';
CALL app.protect('shop_reports', 'martlet_public');
CREATE POLICY operator_rows ON shop_reports TO martlet_operator USING (true) WITH CHECK (true);
GRANT INSERT (shop_id, id, ground, about, details, email, sent_at) ON shop_reports TO martlet_public;
GRANT SELECT, UPDATE (decision, decided_by, decided_at, reason) ON shop_reports TO martlet_operator;

-- What those who run a shop say against its suspension or termination.
CREATE TABLE shop_appeals (
  shop_id      uuid NOT NULL REFERENCES shops (shop_id),
  id           uuid NOT NULL,
  account_id   uuid REFERENCES accounts (account_id),   -- NULL: a program, by a key of the shop
  words        text NOT NULL CHECK (length(words) BETWEEN 1 AND 4000),
  sent_at      timestamptz NOT NULL,
  answer       text CHECK (length(answer) <= 1000),
  answered_by  uuid,                      -- an operator's account
  answered_at  timestamptz,
  PRIMARY KEY (shop_id, id),
  CHECK (num_nulls(answer, answered_by, answered_at) IN (0, 3))
);
-- One at a time: the next one when it is answered.
CREATE UNIQUE INDEX shop_appeals_open ON shop_appeals (shop_id) WHERE answered_at IS NULL;
CALL app.protect('shop_appeals', 'martlet_staff');
CREATE POLICY operator_rows ON shop_appeals TO martlet_operator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT (shop_id, id, account_id, words, sent_at) ON shop_appeals TO martlet_staff;
GRANT SELECT, UPDATE (answer, answered_by, answered_at) ON shop_appeals TO martlet_operator;

-- A shop's own texts. A version is never changed: a buyer can point at the one that was in force.
CREATE TABLE shop_policies (
  shop_id       uuid NOT NULL REFERENCES shops (shop_id),
  kind          text NOT NULL CHECK (kind IN ('terms', 'returns', 'privacy')),
  version       integer NOT NULL CHECK (version > 0),
  words         text NOT NULL CHECK (length(words) <= 20000),   -- empty: withdrawn
  published_by  uuid REFERENCES accounts (account_id),   -- NULL: a program, by a key of the shop
  published_at  timestamptz NOT NULL,
  PRIMARY KEY (shop_id, kind, version)
);
CALL app.protect('shop_policies', 'martlet_public', 'martlet_staff');
GRANT SELECT (shop_id, kind, version, words, published_at) ON shop_policies TO martlet_public;
GRANT SELECT, INSERT ON shop_policies TO martlet_staff;

-- Closes the shop of the transaction for its owner, if it still stands as the caller saw it. The state is
-- otherwise out of reach of whoever works in a shop: a suspended one would open itself.
CREATE FUNCTION app.close_shop(
  by_account uuid, seen_state text, of_transition uuid, of_reason text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE app.shops SET state = 'closed', version = version + 1
   WHERE shop_id = app.shop() AND state = seen_state
     AND EXISTS (SELECT FROM app.shop_roles AS role
                  WHERE role.shop_id = app.shop() AND role.account_id = by_account
                    AND role.role = 'owner');
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO app.shop_transitions (shop_id, id, from_state, to_state, actor_id, reason, at)
  VALUES (app.shop(), of_transition, seen_state, 'closed', by_account, of_reason, at);
  RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION app.close_shop(uuid, text, uuid, text, timestamptz) TO martlet_staff;
GRANT CREATE ON SCHEMA app TO martlet_opener;
ALTER FUNCTION app.close_shop(uuid, text, uuid, text, timestamptz) OWNER TO martlet_opener;
REVOKE CREATE ON SCHEMA app FROM martlet_opener;

-- What is sealed to a shop, such as where a buyer lives: anybody of the shop seals with the public key, and
-- opens with the secret one, which the shop's data key wraps. A retired pair opens what it sealed.
CREATE TABLE shop_box_keys (
  shop_id     uuid NOT NULL REFERENCES shops (shop_id),
  id          uuid NOT NULL,
  public_key  bytea NOT NULL CHECK (octet_length(public_key) = 32),
  wrapped     bytea NOT NULL CHECK (octet_length(wrapped) <= 200),
  made_at     timestamptz NOT NULL,
  retired_at  timestamptz,
  PRIMARY KEY (shop_id, id)
);
CREATE UNIQUE INDEX shop_box_keys_current ON shop_box_keys (shop_id) WHERE retired_at IS NULL;
CALL app.protect('shop_box_keys', 'martlet_staff', 'martlet_commerce');
GRANT SELECT, INSERT (shop_id, id, public_key, wrapped, made_at)
  ON shop_box_keys TO martlet_staff, martlet_commerce;
GRANT UPDATE (retired_at) ON shop_box_keys TO martlet_staff;
