-- Why: accounts open shops, within the allowance of their plan, and work in them with others.
-- Locks: shops and shop_slugs, briefly, for columns with constant defaults. Undo: DROP TABLE shop_roles,
-- account_plans, shop_transitions, until the first shop; DROP the columns.

-- A name that a shop had before leads to it for a while.
ALTER TABLE shop_slugs ADD COLUMN retired_at timestamptz;
ALTER TABLE shops
  ADD COLUMN plan              text NOT NULL DEFAULT 'free' REFERENCES plans (plan),
  ADD COLUMN is_test           boolean NOT NULL DEFAULT true,
  ADD COLUMN accepts_orders    boolean NOT NULL DEFAULT true,
  ADD COLUMN tagline           text NOT NULL DEFAULT '' CHECK (length(tagline) <= 200),
  ADD COLUMN primary_color     text NOT NULL DEFAULT '#0f6b5c' CHECK (primary_color ~ '^#[0-9a-f]{6}$'),
  ADD COLUMN accent_color      text NOT NULL DEFAULT '#c2562d' CHECK (accent_color ~ '^#[0-9a-f]{6}$');
GRANT UPDATE (accepts_orders, tagline, primary_color, accent_color) ON shops TO martlet_staff;

-- What an account pays for. No row is the plan `free`.
CREATE TABLE account_plans (
  account_id  uuid PRIMARY KEY REFERENCES accounts (account_id),
  plan        text NOT NULL REFERENCES plans (plan),
  -- The operator's word over the plan's, with its reason and its end.
  max_shops   integer CHECK (max_shops > 0),
  reason      text CHECK (length(reason) <= 500),
  ends_at     timestamptz,
  CHECK (max_shops IS NULL OR reason IS NOT NULL)
);
CALL app.declare_global('account_plans', 'a plan is an account''s, over all of its shops');
CREATE POLICY own_rows ON account_plans FOR SELECT TO martlet_account USING (account_id = app.account());
CREATE POLICY operator_rows ON account_plans TO martlet_operator USING (true) WITH CHECK (true);
GRANT SELECT ON account_plans TO martlet_account;
GRANT SELECT, INSERT, UPDATE, DELETE ON account_plans TO martlet_operator;

-- What an account may do in a shop. Exactly one owner, which the functions see to.
CREATE TABLE shop_roles (
  shop_id     uuid NOT NULL REFERENCES shops (shop_id),
  account_id  uuid NOT NULL REFERENCES accounts (account_id),
  role        text NOT NULL CHECK (role IN ('owner', 'manager', 'finance', 'support', 'developer')),
  since       timestamptz NOT NULL,
  PRIMARY KEY (shop_id, account_id)
);
CREATE UNIQUE INDEX shop_roles_one_owner ON shop_roles (shop_id) WHERE role = 'owner';
CREATE INDEX shop_roles_of_account ON shop_roles (account_id);
COMMENT ON INDEX shop_roles_of_account IS 'global: an account asks for its shops';
CALL app.protect('shop_roles', 'martlet_staff');
CREATE POLICY operator_rows ON shop_roles FOR SELECT TO martlet_operator USING (true);
GRANT SELECT, DELETE ON shop_roles TO martlet_staff;
GRANT SELECT ON shop_roles TO martlet_operator;

-- Each step of a shop's state, with who took it and why.
CREATE TABLE shop_transitions (
  shop_id     uuid NOT NULL REFERENCES shops (shop_id),
  id          uuid NOT NULL,
  from_state  text NOT NULL,
  to_state    text NOT NULL,
  actor_id    uuid,                       -- an account; NULL for the platform itself
  reason      text NOT NULL DEFAULT '' CHECK (length(reason) <= 1000),
  at          timestamptz NOT NULL,
  PRIMARY KEY (shop_id, id)
);
CALL app.protect('shop_transitions', 'martlet_staff');
CREATE POLICY operator_rows ON shop_transitions TO martlet_operator USING (true) WITH CHECK (true);
GRANT SELECT ON shop_transitions TO martlet_staff;
GRANT SELECT, INSERT ON shop_transitions TO martlet_operator;

-- The functions' own way in.
DO $$
DECLARE
  known text;
BEGIN
  FOREACH known IN ARRAY ARRAY['shops', 'shop_slugs', 'shop_roles', 'account_plans', 'shop_transitions']
  LOOP
    EXECUTE format(
      'CREATE POLICY opener_rows ON %I TO martlet_opener USING (true) WITH CHECK (true)', known);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO martlet_opener', known);
  END LOOP;
END $$;
REVOKE DELETE ON shops, account_plans, shop_transitions FROM martlet_opener;
GRANT UPDATE (retired_at) ON shop_slugs TO martlet_opener;
GRANT UPDATE (slug, state, version) ON shops TO martlet_opener;
GRANT UPDATE (role, since) ON shop_roles TO martlet_opener;
CREATE POLICY opener_rows ON plans FOR SELECT TO martlet_opener USING (true);
CREATE POLICY opener_rows ON accounts FOR SELECT TO martlet_opener USING (true);
GRANT SELECT ON plans TO martlet_opener;
GRANT SELECT (account_id, name, email, state) ON accounts TO martlet_opener;
GRANT USAGE ON SCHEMA app TO martlet_opener;
GRANT EXECUTE ON FUNCTION app.shop(), app.account() TO martlet_opener;

-- Opens a shop for the account of the transaction, under the first of the names that is free, and
-- returns it. Raises MS001 when the allowance is used up, MS002 when every name is taken. The account's line
-- is taken first, so that of two hundred who ask for the last free shop one gets it.
CREATE FUNCTION app.open_shop(
  of_shop uuid, of_slugs text[], of_name text, of_country text, of_currency text, of_locale text,
  of_time_zone text, of_transition uuid, at timestamptz) RETURNS SETOF app.shops
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  allowance integer;
  used integer;
  plan_name text;
  candidate text;
  chosen text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('open shop ' || app.account(), 0));
  SELECT coalesce(mine.plan, 'free'), coalesce(mine.max_shops, plan.max_shops)
    INTO plan_name, allowance
    FROM (VALUES (1)) AS one
    LEFT JOIN app.account_plans AS mine
      ON mine.account_id = app.account() AND (mine.ends_at IS NULL OR mine.ends_at > at)
    LEFT JOIN app.plans AS plan ON plan.plan = coalesce(mine.plan, 'free');
  SELECT count(*) INTO used
    FROM app.shop_roles AS role JOIN app.shops AS shop USING (shop_id)
   WHERE role.account_id = app.account() AND role.role = 'owner'
     AND shop.state NOT IN ('closed', 'terminated');
  IF used >= allowance THEN
    RAISE EXCEPTION 'the allowance of % shops is used up', allowance USING ERRCODE = 'MS001';
  END IF;
  FOREACH candidate IN ARRAY of_slugs LOOP
    INSERT INTO app.shop_slugs (slug, shop_id) VALUES (candidate, of_shop)
    ON CONFLICT DO NOTHING RETURNING slug INTO chosen;
    EXIT WHEN chosen IS NOT NULL;
  END LOOP;
  IF chosen IS NULL THEN
    RAISE EXCEPTION 'every name is taken' USING ERRCODE = 'MS002';
  END IF;
  INSERT INTO app.shops
    (shop_id, slug, name, state, currency, locale, time_zone, country, created_at, plan)
  VALUES (of_shop, chosen, of_name, 'active', of_currency, of_locale, of_time_zone, of_country, at,
          plan_name);
  INSERT INTO app.shop_roles (shop_id, account_id, role, since)
  VALUES (of_shop, app.account(), 'owner', at);
  INSERT INTO app.shop_transitions (shop_id, id, from_state, to_state, actor_id, at)
  VALUES (of_shop, of_transition, 'pending', 'active', app.account(), at);
  RETURN QUERY SELECT * FROM app.shops WHERE shop_id = of_shop;
END $$;

-- How many shops an account has and may have; no limit is NULL.
CREATE FUNCTION app.shop_allowance(at timestamptz, OUT used integer, OUT allowed integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT count(*)::integer
            FROM app.shop_roles AS role JOIN app.shops AS shop USING (shop_id)
           WHERE role.account_id = app.account() AND role.role = 'owner'
             AND shop.state NOT IN ('closed', 'terminated')),
         (SELECT coalesce(mine.max_shops, plan.max_shops)
            FROM (VALUES (1)) AS one
            LEFT JOIN app.account_plans AS mine
              ON mine.account_id = app.account() AND (mine.ends_at IS NULL OR mine.ends_at > at)
            LEFT JOIN app.plans AS plan ON plan.plan = coalesce(mine.plan, 'free'))
$$;

-- The shops in which the account of the transaction has a role.
CREATE FUNCTION app.shops_of_account()
RETURNS TABLE (shop_id uuid, slug text, name text, state text, is_test boolean, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT shop.shop_id, shop.slug, shop.name, shop.state, shop.is_test, mine.role
    FROM app.shop_roles AS mine JOIN app.shops AS shop USING (shop_id)
   WHERE mine.account_id = app.account()
   ORDER BY shop.created_at, shop.shop_id
$$;

-- What the account of the transaction is in a shop, by its id or its name; no row where it is nothing.
CREATE FUNCTION app.role_in_shop(of_shop uuid, of_slug text)
RETURNS TABLE (shop_id uuid, slug text, name text, state text, is_test boolean, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT shop.shop_id, shop.slug, shop.name, shop.state, shop.is_test, mine.role
    FROM app.shops AS shop JOIN app.shop_roles AS mine USING (shop_id)
   WHERE (shop.shop_id = of_shop OR shop.slug = of_slug) AND mine.account_id = app.account()
$$;

GRANT EXECUTE ON FUNCTION
  app.open_shop(uuid, text[], text, text, text, text, text, uuid, timestamptz),
  app.shop_allowance(timestamptz), app.shops_of_account(), app.role_in_shop(uuid, text)
  TO martlet_account;

-- A shop by a name that it has, or had within the last 90 days: then `slug` is the one to go to.
CREATE FUNCTION app.shop_by_slug(wanted text, at timestamptz)
RETURNS TABLE (shop_id uuid, slug text, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT shop.shop_id, shop.slug, shop.state
    FROM app.shop_slugs AS name JOIN app.shops AS shop USING (shop_id)
   WHERE name.slug = lower(wanted)
     AND (name.retired_at IS NULL OR name.retired_at > at - interval '90 days')
$$;
GRANT EXECUTE ON FUNCTION app.shop_by_slug(text, timestamptz) TO martlet_public;

GRANT CREATE ON SCHEMA app TO martlet_opener;
ALTER FUNCTION app.open_shop(uuid, text[], text, text, text, text, text, uuid, timestamptz)
  OWNER TO martlet_opener;
ALTER FUNCTION app.shop_allowance(timestamptz) OWNER TO martlet_opener;
ALTER FUNCTION app.shops_of_account() OWNER TO martlet_opener;
ALTER FUNCTION app.role_in_shop(uuid, text) OWNER TO martlet_opener;
ALTER FUNCTION app.shop_by_slug(text, timestamptz) OWNER TO martlet_opener;
REVOKE CREATE ON SCHEMA app FROM martlet_opener;
