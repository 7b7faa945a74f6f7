-- Why: a shop, the names it is found by, and those who resell its stock.
-- Locks: none; everything here is new. Undo: DROP TABLE resellers, shop_hosts, shops, shop_slugs, until the first shop.

-- Names are unique over the platform, and so live in small tables apart, out of the shops' reach:
-- a unique key looks at all rows, and would tell one shop what another is called.
CREATE TABLE shop_slugs (
  slug     text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  shop_id  uuid NOT NULL,
  UNIQUE (shop_id, slug)
);
CALL app.declare_global('shop_slugs', 'a slug names one shop of the whole platform');

CREATE TABLE shops (
  shop_id     uuid PRIMARY KEY,
  slug        text NOT NULL,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  state       text NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'active', 'suspended', 'closed', 'terminated')),
  currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3,5}$'),
  locale      text NOT NULL CHECK (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),   -- BCP 47
  time_zone   text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),           -- IANA name
  country     text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),                       -- ISO 3166
  created_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  FOREIGN KEY (shop_id, slug) REFERENCES shop_slugs (shop_id, slug)
);
CALL app.protect('shops', 'martlet_public', 'martlet_staff', 'martlet_commerce');
CREATE POLICY operator_rows ON shops TO martlet_operator USING (true) WITH CHECK (true);
GRANT SELECT ON shops TO martlet_public, martlet_staff, martlet_commerce, martlet_operator;
GRANT UPDATE (name, currency, locale, time_zone, country, version) ON shops TO martlet_staff;
GRANT INSERT, UPDATE (state, version) ON shops TO martlet_operator;

-- Proven host names only, lower case, punycode, without port or trailing dot.
CREATE TABLE shop_hosts (
  host       text PRIMARY KEY CHECK (host ~ '^[a-z0-9.-]{1,253}$' AND host !~ '^\.|\.$|\.\.'),
  shop_id    uuid NOT NULL REFERENCES shops (shop_id),
  proven_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX shop_hosts_of_shop ON shop_hosts (shop_id);
CALL app.declare_global('shop_hosts', 'a host name leads to one shop of the whole platform');

CREATE POLICY operator_rows ON shop_slugs TO martlet_operator USING (true) WITH CHECK (true);
CREATE POLICY operator_rows ON shop_hosts TO martlet_operator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON shop_slugs, shop_hosts TO martlet_operator;

-- Which shop a host belongs to is asked before any shop is known: one answer, no access to the table.
CREATE FUNCTION app.shop_by_host(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT shop_id FROM app.shop_hosts WHERE host = lower(wanted) $$;
CREATE POLICY resolver_rows ON shop_hosts FOR SELECT TO martlet_resolver USING (true);
GRANT SELECT (host, shop_id) ON shop_hosts TO martlet_resolver;
GRANT EXECUTE ON FUNCTION app.shop_by_host(text) TO martlet_public;
GRANT CREATE ON SCHEMA app TO martlet_resolver;
ALTER FUNCTION app.shop_by_host(text) OWNER TO martlet_resolver;
REVOKE CREATE ON SCHEMA app FROM martlet_resolver;

CREATE TABLE resellers (
  shop_id      uuid NOT NULL REFERENCES shops (shop_id),
  reseller_id  uuid NOT NULL,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'suspended')),
  PRIMARY KEY (shop_id, reseller_id)
);
CALL app.protect('resellers', 'martlet_staff', 'martlet_commerce');
GRANT SELECT ON resellers TO martlet_staff, martlet_commerce;
GRANT INSERT, UPDATE (name, state) ON resellers TO martlet_staff;
