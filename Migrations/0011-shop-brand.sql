-- Why: the rest of a shop's settings and its brand; a new name in addresses; web processes keep shops in
-- memory, and hear of changes.
-- Locks: shops, briefly, for columns with constant defaults. Undo: DROP the columns, the functions and the trigger.
ALTER TABLE shops
  -- What the files of a picture are called by: a hash of what we made of the upload. NULL: there is none.
  ADD COLUMN logo                      text CHECK (logo ~ '^[0-9a-f]{32}$'),
  ADD COLUMN logo_width                integer CHECK (logo_width > 0),
  ADD COLUMN logo_height               integer CHECK (logo_height > 0),
  ADD COLUMN favicon                   text CHECK (favicon ~ '^[0-9a-f]{32}$'),
  ADD COLUMN font_family               text NOT NULL DEFAULT 'system'
                                         CHECK (font_family IN ('system', 'humanist', 'rounded', 'serif', 'monospace')),
  ADD COLUMN minimum_order_minor       numeric(38, 0) CHECK (minimum_order_minor > 0),      -- in the shop's currency
  ADD COLUMN approval_threshold_minor  numeric(38, 0) CHECK (approval_threshold_minor > 0), -- in the shop's currency
  ADD COLUMN allows_guest_checkout     boolean NOT NULL DEFAULT true,
  ADD COLUMN logs_ip_addresses         boolean NOT NULL DEFAULT false,
  ADD COLUMN cors_origins              text[] NOT NULL DEFAULT '{}' CHECK (cardinality(cors_origins) <= 20),
  ADD COLUMN shows_powered_by          boolean,                                             -- NULL: as the plan has it
  ADD COLUMN discloses_fee             boolean NOT NULL DEFAULT false,
  ADD COLUMN shows_transaction_hashes  boolean NOT NULL DEFAULT false,
  -- From then on the currency stays.
  ADD COLUMN first_live_order_at       timestamptz,
  ADD CONSTRAINT logo_is_whole
    CHECK ((logo IS NULL) = (logo_width IS NULL) AND (logo IS NULL) = (logo_height IS NULL));
GRANT UPDATE (
  logo, logo_width, logo_height, favicon, font_family, minimum_order_minor, approval_threshold_minor,
  allows_guest_checkout, logs_ip_addresses, cors_origins, shows_powered_by, discloses_fee,
  shows_transaction_hashes) ON shops TO martlet_staff;
GRANT UPDATE (first_live_order_at) ON shops TO martlet_commerce;

-- Gives the shop of the transaction another name. The one before leads to it for 90 days and is never
-- another shop's, so that no old link ends with a stranger. Raises MS002 when the name is another shop's,
-- MS003 when the shop has had ten already.
CREATE FUNCTION app.rename_shop(to_slug text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  earlier text;
BEGIN
  SELECT slug INTO STRICT earlier FROM app.shops WHERE shop_id = app.shop() FOR UPDATE;
  IF earlier = to_slug THEN
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM app.shop_slugs WHERE shop_id = app.shop() AND slug = to_slug)
     AND (SELECT count(*) FROM app.shop_slugs WHERE shop_id = app.shop()) >= 10
  THEN
    RAISE EXCEPTION 'the shop has had ten names' USING ERRCODE = 'MS003';
  END IF;
  INSERT INTO app.shop_slugs AS kept (slug, shop_id) VALUES (to_slug, app.shop())
  ON CONFLICT (slug) DO UPDATE SET retired_at = NULL WHERE kept.shop_id = app.shop();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the name is taken' USING ERRCODE = 'MS002';
  END IF;
  UPDATE app.shops SET slug = to_slug, version = version + 1 WHERE shop_id = app.shop();
  UPDATE app.shop_slugs SET retired_at = at WHERE shop_id = app.shop() AND slug = earlier;
END $$;
GRANT EXECUTE ON FUNCTION app.rename_shop(text, timestamptz) TO martlet_staff;
GRANT CREATE ON SCHEMA app TO martlet_opener;
ALTER FUNCTION app.rename_shop(text, timestamptz) OWNER TO martlet_opener;
REVOKE CREATE ON SCHEMA app FROM martlet_opener;

-- The web processes keep shops in memory: whoever changes one tells them which, at COMMIT.
CREATE FUNCTION tell_shop_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('martlet_shops', NEW.shop_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER shop_changed AFTER UPDATE ON shops FOR EACH ROW EXECUTE FUNCTION tell_shop_changed();
