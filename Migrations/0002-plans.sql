-- Why: what a shop pays is rows, not code. A fee policy is never changed: a new version is added and the
-- plan points to it, so that an order keeps the version it was placed under.
-- Locks: none; everything here is new. Undo: DROP TABLE plans, fee_policies, until the first order.
CREATE TABLE fee_policies (
  fee_policy         text NOT NULL CHECK (fee_policy ~ '^[a-z][a-z0-9_]{0,39}$'),
  version            integer NOT NULL CHECK (version > 0),
  rate_basis_points  integer NOT NULL CHECK (rate_basis_points BETWEEN 0 AND 10000),
  fixed_minor        numeric(38, 0) NOT NULL DEFAULT 0 CHECK (fixed_minor >= 0),  -- added on top of the rate
  cap_minor          numeric(38, 0) CHECK (cap_minor >= 0),                       -- the most for one order
  currency           text CHECK (currency ~ '^[A-Z]{3,5}$'),                      -- of fixed and cap
  cadence            text NOT NULL CHECK (cadence IN ('weekly', 'monthly', 'at_source')),
  created_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (fee_policy, version),
  CONSTRAINT amounts_have_a_currency CHECK (currency IS NOT NULL OR (fixed_minor = 0 AND cap_minor IS NULL))
);
CALL app.declare_global('fee_policies', 'one price list for all shops');

CREATE TABLE plans (
  plan                  text PRIMARY KEY CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$'),
  position              integer NOT NULL UNIQUE,                 -- order on the pricing page
  name                  text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  price_minor           numeric(38, 0) NOT NULL CHECK (price_minor >= 0),  -- for one month
  price_currency        text NOT NULL CHECK (price_currency ~ '^[A-Z]{3,5}$'),
  fee_policy            text NOT NULL,
  fee_policy_version    integer NOT NULL,
  max_shops             integer CHECK (max_shops > 0),            -- limits: NULL is none
  max_products          integer CHECK (max_products > 0),
  max_orders_per_month  integer CHECK (max_orders_per_month > 0),
  max_staff             integer CHECK (max_staff > 0),
  features              text[] NOT NULL DEFAULT '{}',
  FOREIGN KEY (fee_policy, fee_policy_version) REFERENCES fee_policies (fee_policy, version)
);
CALL app.declare_global('plans', 'one price list for all shops');

-- The web processes keep the list in memory: whoever changes it tells them, at COMMIT.
CREATE FUNCTION tell_plans_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('martlet_plans', '');
  RETURN NULL;
END $$;
CREATE TRIGGER plans_changed AFTER INSERT OR UPDATE OR DELETE ON plans
  FOR EACH STATEMENT EXECUTE FUNCTION tell_plans_changed();
CREATE TRIGGER fee_policies_changed AFTER INSERT OR UPDATE OR DELETE ON fee_policies
  FOR EACH STATEMENT EXECUTE FUNCTION tell_plans_changed();

CREATE POLICY public_rows ON fee_policies FOR SELECT TO martlet_public USING (true);
CREATE POLICY public_rows ON plans FOR SELECT TO martlet_public USING (true);
GRANT SELECT ON fee_policies, plans TO martlet_public;

-- Row-level security is forced on the owner too: it needs a policy for as long as it fills the tables.
CREATE POLICY filling ON fee_policies TO martlet_owner USING (true) WITH CHECK (true);
CREATE POLICY filling ON plans TO martlet_owner USING (true) WITH CHECK (true);
INSERT INTO fee_policies (fee_policy, version, rate_basis_points, cadence) VALUES
  ('free', 1, 500, 'monthly'),
  ('starter', 1, 350, 'monthly'),
  ('growth', 1, 200, 'monthly'),
  ('business', 1, 100, 'monthly');
INSERT INTO plans
  (plan, position, name, price_minor, price_currency, fee_policy, fee_policy_version, max_shops, features) VALUES
  ('free', 1, 'Free', 0, 'USD', 'free', 1, 1, '{web_shop,telegram_bot,own_domain,api}'),
  ('starter', 2, 'Starter', 900, 'USD', 'starter', 1, 1, '{web_shop,telegram_bot,own_domain,api,no_powered_by}'),
  ('growth', 3, 'Growth', 2900, 'USD', 'growth', 1, 3, '{web_shop,telegram_bot,own_domain,api,no_powered_by}'),
  ('business', 4, 'Business', 9900, 'USD', 'business', 1, NULL, '{web_shop,telegram_bot,own_domain,api,no_powered_by}');
DROP POLICY filling ON fee_policies;
DROP POLICY filling ON plans;
