-- Why: a request that comes twice must act once, and nobody may try passwords without end.
-- Locks: none; everything here is new. Undo: DROP TABLE idempotency_keys, attempts.

-- The answer that a POST with an Idempotency-Key was given, stored by the transaction of its effect.
-- Whoever acts in a shop, or for an account, sees the answers of its own role there and no others: what
-- commerce was told about money is nothing for staff.
CREATE TABLE idempotency_keys (
  owner_id    uuid NOT NULL,              -- the shop or, outside of shops, the account
  taken_by    name NOT NULL DEFAULT current_user,
  caller      uuid NOT NULL,              -- the account or key that asked
  route       text NOT NULL CHECK (length(route) BETWEEN 1 AND 200),
  key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  body_hash   bytea NOT NULL CHECK (octet_length(body_hash) = 32),
  status      integer NOT NULL CHECK (status BETWEEN 200 AND 299),
  answer      bytea NOT NULL CHECK (octet_length(answer) <= 1048576),
  kept_until  timestamptz NOT NULL,
  PRIMARY KEY (owner_id, taken_by, caller, route, key)
);
CREATE INDEX idempotency_keys_over ON idempotency_keys (kept_until);
CALL app.declare_global('idempotency_keys', 'accounts have answers too, without any shop');
CREATE POLICY own_rows ON idempotency_keys TO martlet_account, martlet_staff, martlet_commerce
  USING (owner_id = coalesce(app.shop(), app.account()) AND taken_by = current_user)
  WITH CHECK (owner_id = coalesce(app.shop(), app.account()) AND taken_by = current_user);
CREATE POLICY worker_rows ON idempotency_keys TO martlet_worker USING (true);
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO martlet_account, martlet_staff, martlet_commerce;
GRANT SELECT (owner_id, taken_by, caller, route, key, kept_until), DELETE ON idempotency_keys
  TO martlet_worker;

-- How often somebody tried something of late. Unlogged: a crash forgets it, and no commit waits for it.
-- The subject is a hash, so that no address is stored.
CREATE UNLOGGED TABLE attempts (
  subject  bytea PRIMARY KEY CHECK (octet_length(subject) = 32),
  used     integer NOT NULL CHECK (used >= 0),
  since    timestamptz NOT NULL,
  next_at  timestamptz NOT NULL,
  until    timestamptz NOT NULL             -- forgotten from then on
);
CREATE INDEX attempts_over ON attempts (until);
CALL app.declare_global('attempts', 'whoever tries may have neither account nor shop');
CREATE POLICY resolver_rows ON attempts TO martlet_resolver USING (true) WITH CHECK (true);
CREATE POLICY worker_rows ON attempts TO martlet_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO martlet_resolver;
GRANT SELECT, DELETE ON attempts TO martlet_worker;

-- One use of an allowance of so many in a window that starts with the first. Counted exactly, whatever
-- comes at once: the row's lock makes a line of them.
CREATE FUNCTION app.take_of_allowance(
  of_subject bytea, allowance integer, span interval, at timestamptz,
  OUT used integer, OUT renewed_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO app.attempts AS known (subject, used, since, next_at, until)
  VALUES (of_subject, 1, at, at, at + span)
  ON CONFLICT (subject) DO UPDATE
     SET used = CASE WHEN known.until <= at THEN 1 ELSE least(known.used, allowance) + 1 END,
         since = CASE WHEN known.until <= at THEN at ELSE known.since END,
         until = CASE WHEN known.until <= at THEN at + span ELSE known.until END
  RETURNING known.used, known.until
$$;

-- One try of something secret: the first few at once, then each after twice the wait of the one before,
-- up to the longest. A try that is too early is not counted. Counted before it is known whether the
-- try is right, since otherwise a thousand at once would all be the first.
CREATE FUNCTION app.take_try(
  of_subject bytea, free integer, first_wait interval, longest_wait interval, forgotten_after interval,
  at timestamptz, OUT is_allowed boolean, OUT wait_until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known app.attempts;
BEGIN
  -- Found or made, and held in either case: a right try may forget the row at this moment.
  INSERT INTO app.attempts AS attempt (subject, used, since, next_at, until)
  VALUES (of_subject, 0, at, at, at + forgotten_after)
  ON CONFLICT (subject) DO UPDATE SET used = attempt.used
  RETURNING * INTO STRICT known;
  IF known.until <= at THEN
    known.used := 0;
    known.next_at := at;
  END IF;
  is_allowed := known.next_at <= at;
  wait_until := known.next_at;
  IF is_allowed THEN
    known.used := known.used + 1;
    IF known.used >= free THEN
      known.next_at := at + least(longest_wait, first_wait * 2 ^ least(known.used - free, 20));
    END IF;
    UPDATE app.attempts
       SET used = known.used, next_at = known.next_at, until = known.next_at + forgotten_after
     WHERE subject = of_subject;
  END IF;
END $$;

-- A right try ends the count.
CREATE FUNCTION app.forget_tries(of_subject bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM app.attempts WHERE subject = of_subject
$$;

GRANT EXECUTE ON FUNCTION
  app.take_of_allowance(bytea, integer, interval, timestamptz),
  app.take_try(bytea, integer, interval, interval, interval, timestamptz), app.forget_tries(bytea)
  TO martlet_public, martlet_account, martlet_staff, martlet_commerce;
GRANT CREATE ON SCHEMA app TO martlet_resolver;
ALTER FUNCTION app.take_of_allowance(bytea, integer, interval, timestamptz) OWNER TO martlet_resolver;
ALTER FUNCTION app.take_try(bytea, integer, interval, interval, interval, timestamptz)
  OWNER TO martlet_resolver;
ALTER FUNCTION app.forget_tries(bytea) OWNER TO martlet_resolver;
REVOKE CREATE ON SCHEMA app FROM martlet_resolver;
