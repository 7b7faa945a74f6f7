-- Why: a shop is run by several people and by programs: invitations, roles within limits, a new owner, API
-- keys.
-- Locks: shop_roles and accounts, briefly, for a trigger and for policies. Undo: DROP TABLE shop_invitations,
-- shop_transfers, shop_api_keys; DROP TRIGGER within_limits ON shop_roles.

-- Who is asked to work in a shop. A row is a chance that is open: it goes when it is taken or withdrawn.
CREATE TABLE shop_invitations (
  shop_id     uuid NOT NULL REFERENCES shops (shop_id),
  id          uuid NOT NULL,
  email       text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  email_key   text NOT NULL CHECK (length(email_key) BETWEEN 3 AND 254),
  role        text NOT NULL CHECK (role IN ('manager', 'finance', 'support', 'developer')),
  invited_by  uuid REFERENCES accounts (account_id),   -- NULL: by an API key
  language    text NOT NULL CHECK (length(language) BETWEEN 2 AND 35),
  invited_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  token_hash  bytea CHECK (octet_length(token_hash) = 32),  -- once the mail is made
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, email_key)
);
CREATE INDEX shop_invitations_token ON shop_invitations (token_hash);
COMMENT ON INDEX shop_invitations_token IS 'global: who opens a link does not know the shop yet';
CREATE INDEX shop_invitations_over ON shop_invitations (expires_at);
COMMENT ON INDEX shop_invitations_over IS 'global: the worker removes what is over in any shop';

-- A shop on its way to another owner: asked by the one, accepted by the other, and done at `due_at`. Whoever
-- loses the role ends it.
CREATE TABLE shop_transfers (
  shop_id       uuid PRIMARY KEY REFERENCES shops (shop_id),
  from_account  uuid NOT NULL,
  to_account    uuid NOT NULL,
  asked_at      timestamptz NOT NULL,
  due_at        timestamptz,              -- NULL until it is accepted
  CHECK (from_account <> to_account),
  FOREIGN KEY (shop_id, from_account) REFERENCES shop_roles (shop_id, account_id) ON DELETE CASCADE,
  FOREIGN KEY (shop_id, to_account) REFERENCES shop_roles (shop_id, account_id) ON DELETE CASCADE
);
CREATE INDEX shop_transfers_due ON shop_transfers (due_at) WHERE due_at IS NOT NULL;
COMMENT ON INDEX shop_transfers_due IS 'global: the worker asks what is due in any shop';

-- What a program shows to work in a shop. We know hashes alone; the one before counts for a day more.
CREATE TABLE shop_api_keys (
  shop_id         uuid NOT NULL REFERENCES shops (shop_id),
  id              uuid NOT NULL,
  name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  mode            text NOT NULL CHECK (mode IN ('live', 'test')),
  prefix          text NOT NULL CHECK (length(prefix) BETWEEN 8 AND 20),
  secret_hash     bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  previous_hash   bytea CHECK (octet_length(previous_hash) = 32),
  previous_until  timestamptz,
  scopes          text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 40),
  made_by         uuid NOT NULL,          -- the account or key
  made_at         timestamptz NOT NULL,
  expires_at      timestamptz,
  used_at         timestamptz,            -- to five minutes
  PRIMARY KEY (shop_id, id),
  CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);
CREATE INDEX shop_api_keys_secret ON shop_api_keys (secret_hash);
COMMENT ON INDEX shop_api_keys_secret IS 'global: a key says by itself which shop it is for';
CREATE INDEX shop_api_keys_previous ON shop_api_keys (previous_hash) WHERE previous_hash IS NOT NULL;
COMMENT ON INDEX shop_api_keys_previous IS 'global: a key says by itself which shop it is for';

DO $$
DECLARE
  known text;
BEGIN
  FOREACH known IN ARRAY ARRAY['shop_invitations', 'shop_transfers', 'shop_api_keys'] LOOP
    EXECUTE format('CALL app.protect(%L, ''martlet_staff'')', known);
    EXECUTE format(
      'CREATE POLICY opener_rows ON %I TO martlet_opener USING (true) WITH CHECK (true)', known);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO martlet_staff', known);
    EXECUTE format('GRANT SELECT, DELETE ON %I TO martlet_opener', known);
  END LOOP;
END $$;
GRANT UPDATE (email, role, invited_by, language, invited_at, expires_at, token_hash)
  ON shop_invitations TO martlet_staff;
GRANT UPDATE (due_at) ON shop_transfers TO martlet_staff, martlet_opener;
GRANT UPDATE (secret_hash, prefix, previous_hash, previous_until, used_at) ON shop_api_keys
  TO martlet_staff;
REVOKE DELETE ON shop_api_keys FROM martlet_opener;
CREATE POLICY worker_rows ON shop_invitations TO martlet_worker USING (true);
GRANT SELECT (shop_id, id, expires_at), DELETE ON shop_invitations TO martlet_worker;

-- Staff change roles of a shop, and never an owner's nor into one: that is a transfer's business.
GRANT UPDATE (role, since) ON shop_roles TO martlet_staff;
CREATE POLICY owner_stays ON shop_roles AS RESTRICTIVE FOR UPDATE TO martlet_staff
  USING (role <> 'owner') WITH CHECK (role <> 'owner');
CREATE POLICY owner_remains ON shop_roles AS RESTRICTIVE FOR DELETE TO martlet_staff
  USING (role <> 'owner');

CREATE POLICY opener_rows ON account_totp FOR SELECT TO martlet_opener USING (true);
GRANT SELECT (account_id, confirmed_at) ON account_totp TO martlet_opener;
GRANT SELECT (email_key, email_verified_at) ON accounts TO martlet_opener;

-- How many people a shop may have: 5 managers, 10 others, and as many in all, without the owner, as its plan
-- allows. Whoever comes takes the shop's line first, so that of two for the last place one gets it.
CREATE FUNCTION app.keep_staff_limits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  managers integer;
  others integer;
  allowed integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('staff of ' || NEW.shop_id, 0));
  SELECT count(*) FILTER (WHERE role = 'manager'),
         count(*) FILTER (WHERE role NOT IN ('owner', 'manager'))
    INTO managers, others FROM app.shop_roles WHERE shop_id = NEW.shop_id;
  IF NEW.role = 'manager' AND managers > 5 THEN
    RAISE EXCEPTION 'a shop has up to 5 managers' USING ERRCODE = 'MS003';
  ELSIF NEW.role NOT IN ('owner', 'manager') AND others > 10 THEN
    RAISE EXCEPTION 'a shop has up to 10 people who are no managers' USING ERRCODE = 'MS004';
  END IF;
  SELECT plan.max_staff INTO allowed
    FROM app.shops AS shop JOIN app.plans AS plan USING (plan) WHERE shop.shop_id = NEW.shop_id;
  IF TG_OP = 'INSERT' AND NEW.role <> 'owner' AND managers + others > allowed THEN
    RAISE EXCEPTION 'the plan allows % people', allowed USING ERRCODE = 'MS005';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER within_limits AFTER INSERT OR UPDATE OF role ON shop_roles
  FOR EACH ROW EXECUTE FUNCTION app.keep_staff_limits();

-- Who works in the shop of the transaction.
CREATE FUNCTION app.team_of_shop()
RETURNS TABLE (account_id uuid, name text, email text, role text, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT member.account_id, account.name, account.email, member.role, member.since
    FROM app.shop_roles AS member JOIN app.accounts AS account USING (account_id)
   WHERE member.shop_id = app.shop()
   ORDER BY array_position(ARRAY['owner', 'manager'], member.role), member.since, member.account_id
$$;
GRANT EXECUTE ON FUNCTION app.team_of_shop() TO martlet_staff;

-- An open invitation, by the token of its link.
CREATE FUNCTION app.find_invitation(of_token_hash bytea, at timestamptz)
RETURNS TABLE (shop_name text, role text, email text, email_key text, inviter text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT shop.name, invitation.role, invitation.email, invitation.email_key, account.name
    FROM app.shop_invitations AS invitation JOIN app.shops AS shop USING (shop_id)
    LEFT JOIN app.accounts AS account ON account.account_id = invitation.invited_by
   WHERE invitation.token_hash = of_token_hash AND invitation.expires_at > at
$$;

-- Takes an open invitation for the account of the transaction: of many at once, one goes on, and the others
-- get no row. Raises MS006 where the invitation is for another address, or for one that is not verified.
-- Whoever works in the shop already keeps their role.
CREATE FUNCTION app.accept_invitation(of_token_hash bytea, at timestamptz)
RETURNS TABLE (shop_id uuid, slug text, role text, invited_by uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  taken app.shop_invitations;
BEGIN
  DELETE FROM app.shop_invitations AS invitation
   WHERE invitation.token_hash = of_token_hash AND invitation.expires_at > at
  RETURNING * INTO taken;
  IF taken.id IS NULL THEN
    RETURN;
  END IF;
  IF NOT EXISTS (
    SELECT FROM app.accounts AS account
     WHERE account.account_id = app.account() AND account.email_key = taken.email_key
       AND account.email_verified_at IS NOT NULL AND account.state = 'active')
  THEN
    RAISE EXCEPTION 'the invitation is for another address' USING ERRCODE = 'MS006';
  END IF;
  INSERT INTO app.shop_roles AS known (shop_id, account_id, role, since)
  VALUES (taken.shop_id, app.account(), taken.role, at) ON CONFLICT DO NOTHING;
  RETURN QUERY
    SELECT shop.shop_id, shop.slug, mine.role, taken.invited_by
      FROM app.shops AS shop JOIN app.shop_roles AS mine USING (shop_id)
     WHERE shop.shop_id = taken.shop_id AND mine.account_id = app.account();
END $$;
GRANT EXECUTE ON FUNCTION app.find_invitation(bytea, timestamptz) TO martlet_public;
GRANT EXECUTE ON FUNCTION app.accept_invitation(bytea, timestamptz) TO martlet_account;

-- Hands over what is due. Both are still what they were when they agreed, and still have a second factor;
-- else nothing is handed over. The manager's row is made anew, since at no moment may there be two owners or
-- one manager too many; with the old row goes the transfer itself.
CREATE FUNCTION app.complete_transfers(at timestamptz)
RETURNS TABLE (shop_id uuid, from_account uuid, to_account uuid, is_done boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  due app.shop_transfers;
BEGIN
  FOR due IN
    SELECT * FROM app.shop_transfers AS transfer
     WHERE transfer.due_at <= at ORDER BY transfer.due_at LIMIT 100 FOR UPDATE SKIP LOCKED
  LOOP
    is_done :=
      EXISTS (SELECT FROM app.shop_roles AS mine JOIN app.account_totp AS totp USING (account_id)
               WHERE mine.shop_id = due.shop_id AND mine.account_id = due.from_account
                 AND mine.role = 'owner' AND totp.confirmed_at IS NOT NULL)
      AND EXISTS (SELECT FROM app.shop_roles AS mine JOIN app.account_totp AS totp USING (account_id)
                   WHERE mine.shop_id = due.shop_id AND mine.account_id = due.to_account
                     AND mine.role = 'manager' AND totp.confirmed_at IS NOT NULL);
    IF is_done THEN
      DELETE FROM app.shop_roles AS old
       WHERE old.shop_id = due.shop_id AND old.account_id = due.to_account;
      UPDATE app.shop_roles AS former SET role = 'manager', since = at
       WHERE former.shop_id = due.shop_id AND former.account_id = due.from_account;
      INSERT INTO app.shop_roles (shop_id, account_id, role, since)
      VALUES (due.shop_id, due.to_account, 'owner', at);
    ELSE
      DELETE FROM app.shop_transfers AS old WHERE old.shop_id = due.shop_id;
    END IF;
    shop_id := due.shop_id;
    from_account := due.from_account;
    to_account := due.to_account;
    RETURN NEXT;
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION app.complete_transfers(timestamptz) TO martlet_worker;

-- The key of a hash and its shop, while it counts.
CREATE FUNCTION app.find_api_key(of_hash bytea, at timestamptz)
RETURNS TABLE (
  shop_id uuid, slug text, name text, state text, is_test boolean, key_id uuid, scopes text[],
  used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT shop.shop_id, shop.slug, shop.name, shop.state, shop.is_test, key.id, key.scopes, key.used_at
    FROM app.shop_api_keys AS key JOIN app.shops AS shop USING (shop_id)
   WHERE (key.secret_hash = of_hash OR key.previous_hash = of_hash AND key.previous_until > at)
     AND (key.expires_at IS NULL OR key.expires_at > at)
$$;
GRANT EXECUTE ON FUNCTION app.find_api_key(bytea, timestamptz) TO martlet_public;

GRANT CREATE ON SCHEMA app TO martlet_opener;
ALTER FUNCTION app.keep_staff_limits() OWNER TO martlet_opener;
ALTER FUNCTION app.team_of_shop() OWNER TO martlet_opener;
ALTER FUNCTION app.find_invitation(bytea, timestamptz) OWNER TO martlet_opener;
ALTER FUNCTION app.accept_invitation(bytea, timestamptz) OWNER TO martlet_opener;
ALTER FUNCTION app.complete_transfers(timestamptz) OWNER TO martlet_opener;
ALTER FUNCTION app.find_api_key(bytea, timestamptz) OWNER TO martlet_opener;
REVOKE CREATE ON SCHEMA app FROM martlet_opener;
