-- Why: people who can sign in, what proves who they are, and where they are signed in.
-- Locks: jobs, briefly, for a policy; everything else is new. Undo: DROP TABLE of everything here, until
-- the first account.

CREATE TABLE accounts (
  account_id         uuid PRIMARY KEY,
  -- Whose namespace an address is unique in: the zero id is the platform's; a shop's own is for shops
  -- that keep their buyers apart.
  realm              uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  email              text CHECK (length(email) BETWEEN 3 AND 254),
  -- The address in lower case, which two accounts of a realm never share.
  email_key          text CHECK (length(email_key) BETWEEN 3 AND 254),
  email_verified_at  timestamptz,
  name               text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
  language           text CHECK (length(language) BETWEEN 2 AND 35),  -- NULL: as the browser asks
  time_zone          text NOT NULL DEFAULT 'UTC' CHECK (length(time_zone) BETWEEN 1 AND 64),
  theme              text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
  password_hash      text CHECK (length(password_hash) < 256),
  terms_version      text NOT NULL CHECK (length(terms_version) BETWEEN 1 AND 20),
  terms_accepted_at  timestamptz NOT NULL,
  is_operator        boolean NOT NULL DEFAULT false,
  state              text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'erased')),
  version            integer NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL,
  UNIQUE (realm, email_key),
  CHECK ((email IS NULL) = (email_key IS NULL)),
  CHECK (state = 'active' OR (email IS NULL AND password_hash IS NULL))
);
CALL app.declare_global('accounts', 'one person may own, staff and buy from many shops');

-- One browser or program that is signed in. Its row is looked up with every request, so removing it ends
-- it everywhere at once.
CREATE TABLE account_sessions (
  account_id        uuid NOT NULL REFERENCES accounts (account_id),
  session_id        uuid NOT NULL,
  kind              text NOT NULL CHECK (kind IN ('browser', 'api')),
  token_hash        bytea UNIQUE CHECK (octet_length(token_hash) = 32),  -- of a browser's cookie
  user_agent        text NOT NULL DEFAULT '' CHECK (length(user_agent) <= 300),
  created_at        timestamptz NOT NULL,
  seen_at           timestamptz NOT NULL,
  expires_at        timestamptz NOT NULL,
  -- When a password and, where there is one, the second factor were last given.
  confirmed_at      timestamptz NOT NULL,
  PRIMARY KEY (account_id, session_id),
  CHECK ((kind = 'browser') = (token_hash IS NOT NULL))
);
CREATE INDEX account_sessions_over ON account_sessions (expires_at);
CALL app.declare_global('account_sessions', 'a session is an account''s, whatever shop it works in');

-- Each is good for one exchange. A used one that comes back is somebody's copy: the session ends.
CREATE TABLE refresh_tokens (
  account_id  uuid NOT NULL,
  token_hash  bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  session_id  uuid NOT NULL,
  issued_at   timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  used_at     timestamptz,
  PRIMARY KEY (account_id, token_hash),
  UNIQUE (token_hash),
  FOREIGN KEY (account_id, session_id) REFERENCES account_sessions ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (account_id, session_id);
CALL app.declare_global('refresh_tokens', 'they are an account''s, as its sessions are');

-- What a link in a mail proves, once.
CREATE TABLE account_links (
  account_id  uuid NOT NULL REFERENCES accounts (account_id),
  token_hash  bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  purpose     text NOT NULL
              CHECK (purpose IN ('verify_email', 'reset_password', 'leave_email', 'take_email')),
  email       text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),  -- where it was sent
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (account_id, token_hash),
  UNIQUE (token_hash)
);
CREATE INDEX account_links_over ON account_links (expires_at);
CALL app.declare_global('account_links', 'they are an account''s');

-- An address that is to become an account's, once its old and its new holder have said so.
CREATE TABLE email_changes (
  account_id   uuid PRIMARY KEY REFERENCES accounts (account_id),
  new_email    text NOT NULL CHECK (length(new_email) BETWEEN 3 AND 254),
  asked_at     timestamptz NOT NULL,
  left_at      timestamptz,   -- confirmed from the old address
  taken_at     timestamptz    -- confirmed from the new one
);
CALL app.declare_global('email_changes', 'they are an account''s');

-- Browsers that an account has signed in from: a new one is told to its owner.
CREATE TABLE account_devices (
  account_id   uuid NOT NULL REFERENCES accounts (account_id),
  device_hash  bytea NOT NULL CHECK (octet_length(device_hash) = 32),
  first_at     timestamptz NOT NULL,
  last_at      timestamptz NOT NULL,
  PRIMARY KEY (account_id, device_hash)
);
CALL app.declare_global('account_devices', 'they are an account''s');

-- The data key that seals an account's secrets, wrapped by a root key. Destroying it destroys them.
CREATE TABLE account_keys (
  account_id   uuid PRIMARY KEY REFERENCES accounts (account_id),
  root_key_id  bytea NOT NULL REFERENCES root_keys (root_key_id),
  wrapped      bytea NOT NULL,
  -- The sealed form names its key behind the version byte.
  CONSTRAINT wrapped_by_root_key CHECK (substring(wrapped FROM 2 FOR 8) = root_key_id)
);
CREATE INDEX account_keys_of_root ON account_keys (root_key_id);
CALL app.declare_global('account_keys', 'they are an account''s');

CREATE TABLE account_totp (
  account_id    uuid PRIMARY KEY REFERENCES accounts (account_id),
  secret        bytea NOT NULL,          -- sealed
  confirmed_at  timestamptz,             -- NULL until a first code was right
  last_step     bigint                   -- no code of this step or an earlier one counts again
);
CALL app.declare_global('account_totp', 'a second factor is an account''s');

CREATE TABLE recovery_codes (
  account_id  uuid NOT NULL REFERENCES accounts (account_id),
  code_hash   bytea NOT NULL CHECK (octet_length(code_hash) = 32),
  PRIMARY KEY (account_id, code_hash)
);
CALL app.declare_global('recovery_codes', 'they are an account''s');

DO $$
DECLARE
  mine text;
BEGIN
  FOREACH mine IN ARRAY ARRAY[
    'accounts', 'account_sessions', 'refresh_tokens', 'account_links', 'email_changes',
    'account_devices', 'account_keys', 'account_totp', 'recovery_codes']
  LOOP
    EXECUTE format(
      'CREATE POLICY own_rows ON %I TO martlet_account
         USING (account_id = app.account()) WITH CHECK (account_id = app.account())', mine);
    EXECUTE format('CREATE POLICY operator_rows ON %I TO martlet_operator
         USING (true) WITH CHECK (true)', mine);
  END LOOP;
END $$;
-- Who is an operator is said on the machine itself, by its login.
GRANT SELECT, INSERT (account_id, realm, email, email_key, email_verified_at, name, language, time_zone,
    theme, password_hash, terms_version, terms_accepted_at, created_at),
  UPDATE (email, email_key, email_verified_at, name, language, time_zone, theme, password_hash,
    terms_version, terms_accepted_at, state, version)
  ON accounts TO martlet_account;
GRANT SELECT, INSERT, UPDATE, DELETE ON account_sessions, refresh_tokens, account_links, email_changes,
  account_devices, account_totp, recovery_codes TO martlet_account;
GRANT SELECT, INSERT, DELETE ON account_keys TO martlet_account;
GRANT SELECT, INSERT, UPDATE ON accounts TO martlet_operator;
GRANT SELECT, DELETE ON account_sessions, refresh_tokens TO martlet_operator;
-- The password of an operator's new account is set by a link that a terminal prints.
GRANT INSERT ON account_links TO martlet_operator;
-- Who of them has a second factor.
GRANT SELECT (account_id, confirmed_at) ON account_totp TO martlet_operator;
GRANT SELECT, UPDATE (root_key_id, wrapped) ON account_keys TO martlet_operator;

-- What is over is removed at night.
CREATE POLICY worker_rows ON account_sessions TO martlet_worker USING (true);
CREATE POLICY worker_rows ON account_links TO martlet_worker USING (true);
GRANT SELECT (account_id, session_id, expires_at), DELETE ON account_sessions TO martlet_worker;
GRANT SELECT (account_id, token_hash, expires_at), DELETE ON account_links TO martlet_worker;

-- Before it is known who asks, these functions answer one question each, and only to whoever already has
-- the secret or, at sign-in, is to be checked against it.
DO $$
DECLARE
  asked text;
BEGIN
  FOREACH asked IN ARRAY ARRAY[
    'accounts', 'account_sessions', 'refresh_tokens', 'account_links', 'account_totp']
  LOOP
    EXECUTE format('CREATE POLICY resolver_rows ON %I FOR SELECT TO martlet_resolver USING (true)', asked);
    EXECUTE format('GRANT SELECT ON %I TO martlet_resolver', asked);
  END LOOP;
END $$;

-- The account of an address, and what its password is checked against; no row where there is none.
CREATE FUNCTION app.sign_in_facts(of_realm uuid, of_email_key text)
RETURNS TABLE (account_id uuid, password_hash text, has_second_factor boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT account.account_id, account.password_hash, totp.confirmed_at IS NOT NULL
    FROM app.accounts AS account
    LEFT JOIN app.account_totp AS totp USING (account_id)
   WHERE account.realm = of_realm AND account.email_key = of_email_key AND account.state = 'active'
$$;

-- A live session, by the hash of a cookie, or by the ids that a signed access token carries.
CREATE FUNCTION app.live_session(of_token_hash bytea, of_account uuid, of_session uuid, at timestamptz)
RETURNS TABLE (
  account_id uuid, session_id uuid, kind text, confirmed_at timestamptz, seen_at timestamptz,
  name text, email text, is_verified boolean, language text, theme text, time_zone text,
  is_operator boolean, has_second_factor boolean, terms_version text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT account.account_id, session.session_id, session.kind, session.confirmed_at, session.seen_at,
         account.name, account.email, account.email_verified_at IS NOT NULL, account.language,
         account.theme, account.time_zone, account.is_operator, totp.confirmed_at IS NOT NULL,
         account.terms_version
    FROM app.account_sessions AS session
    JOIN app.accounts AS account USING (account_id)
    LEFT JOIN app.account_totp AS totp USING (account_id)
   WHERE (session.token_hash = of_token_hash
          OR session.account_id = of_account AND session.session_id = of_session
             AND session.kind = 'api')
     AND session.expires_at > at AND account.state = 'active'
$$;

-- Whose a refresh token or a link is.
CREATE FUNCTION app.refresh_token_owner(of_token_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT account_id FROM app.refresh_tokens WHERE token_hash = of_token_hash
$$;
CREATE FUNCTION app.account_link_owner(of_token_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT account_id FROM app.account_links WHERE token_hash = of_token_hash
$$;
GRANT EXECUTE ON FUNCTION
  app.sign_in_facts(uuid, text), app.live_session(bytea, uuid, uuid, timestamptz),
  app.refresh_token_owner(bytea), app.account_link_owner(bytea)
  TO martlet_public;
GRANT CREATE ON SCHEMA app TO martlet_resolver;
ALTER FUNCTION app.sign_in_facts(uuid, text) OWNER TO martlet_resolver;
ALTER FUNCTION app.live_session(bytea, uuid, uuid, timestamptz) OWNER TO martlet_resolver;
ALTER FUNCTION app.refresh_token_owner(bytea) OWNER TO martlet_resolver;
ALTER FUNCTION app.account_link_owner(bytea) OWNER TO martlet_resolver;
REVOKE CREATE ON SCHEMA app FROM martlet_resolver;

-- An account may ask the platform for work, such as a mail to itself, without any other access to the
-- platform's jobs. No row when the key kept it out.
CREATE FUNCTION app.enqueue_platform_job(
  of_name text, of_payload jsonb, of_priority integer, of_key text, of_state text, of_run_at timestamptz,
  of_attempts integer) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO app.jobs (shop_id, name, payload, priority, unique_key, state, run_at, max_attempts)
  VALUES ('00000000-0000-0000-0000-000000000000', of_name, of_payload, of_priority, of_key, of_state,
          of_run_at, of_attempts)
  ON CONFLICT DO NOTHING RETURNING id
$$;
GRANT INSERT (shop_id, name, payload, priority, unique_key, state, run_at, max_attempts) ON jobs
  TO martlet_queue;
GRANT EXECUTE ON FUNCTION
  app.enqueue_platform_job(text, jsonb, integer, text, text, timestamptz, integer)
  TO martlet_account, martlet_worker, martlet_operator;
GRANT CREATE ON SCHEMA app TO martlet_queue;
ALTER FUNCTION app.enqueue_platform_job(text, jsonb, integer, text, text, timestamptz, integer)
  OWNER TO martlet_queue;
REVOKE CREATE ON SCHEMA app FROM martlet_queue;
