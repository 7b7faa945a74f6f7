-- Why: who may log in, and whose rights a transaction may take. Roles belong to the cluster, not to
-- one database, so they are no numbered migration: this file runs before them, every time, changes
-- only what differs, and needs a superuser or a CREATEROLE login that owns the database.
-- Passwords are the installation's business (`\password martlet_web`); none is set here.
-- Locks: none that a query waits for. Undo: DROP OWNED BY each role, then DROP ROLE, newest first.
--
--   martlet_owner     nobody; migrations SET ROLE to it      owns every object
--   martlet_migrate   migrations                             becomes martlet_owner
--   martlet_web       the web processes                      no rights of its own; takes, per transaction, one of
--     martlet_public    nobody                                 the catalogue, read only
--     martlet_account   nobody                                 identity tables
--     martlet_staff     nobody                                 catalogue, settings, bots, customers
--     martlet_commerce  nobody                                 orders, payments, books
--   martlet_worker    the job runner                         queue and outbox
--   martlet_operator  the platform's people                  crosses shops, by policies written for it
--   martlet_export    backup of one shop                     reads one shop
--   martlet_resolver  nobody                                 owns functions that turn a name into a shop
--   martlet_queue     nobody                                 owns functions that end a job or a delivery
--   martlet_opener    nobody                                 owns functions that open a shop and say who works there
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('martlet_owner',    'NOLOGIN INHERIT',   -1),
      ('martlet_migrate',  'LOGIN INHERIT',     -1),
      ('martlet_web',      'LOGIN NOINHERIT',   -1),
      ('martlet_public',   'NOLOGIN INHERIT',   -1),
      ('martlet_account',  'NOLOGIN INHERIT',   -1),
      ('martlet_staff',    'NOLOGIN INHERIT',   -1),
      ('martlet_commerce', 'NOLOGIN INHERIT',   -1),
      ('martlet_worker',   'LOGIN NOINHERIT',   -1),
      ('martlet_operator', 'LOGIN NOINHERIT',   40),
      ('martlet_export',   'LOGIN NOINHERIT',    5),
      ('martlet_resolver', 'NOLOGIN INHERIT',   -1),
      ('martlet_queue',    'NOLOGIN INHERIT',   -1),
      ('martlet_opener',   'NOLOGIN INHERIT',   -1)
    ) AS roles (name, options, connections)
  LOOP
    IF to_regrole(wanted.name) IS NULL THEN
      EXECUTE format(
        'CREATE ROLE %I %s NOCREATEDB NOCREATEROLE CONNECTION LIMIT %s',
        wanted.name, wanted.options, wanted.connections);
    END IF;
  END LOOP;

  FOR wanted IN
    SELECT * FROM (VALUES
      ('martlet_owner',    'martlet_migrate'),
      ('martlet_resolver', 'martlet_owner'),
      ('martlet_queue',    'martlet_owner'),
      ('martlet_opener',   'martlet_owner'),
      ('martlet_public',   'martlet_web'),
      ('martlet_account',  'martlet_web'),
      ('martlet_staff',    'martlet_web'),
      ('martlet_commerce', 'martlet_web')
    ) AS memberships (granted, member)
  LOOP
    IF NOT EXISTS (
      SELECT FROM pg_auth_members
       WHERE roleid = wanted.granted::regrole AND member = wanted.member::regrole)
    THEN
      EXECUTE format('GRANT %I TO %I', wanted.granted, wanted.member);
    END IF;
  END LOOP;

  -- Who makes the roles without being superuser, as on hosted servers, migrates as the owner too.
  IF NOT pg_has_role('martlet_owner', 'MEMBER') THEN
    EXECUTE format('GRANT martlet_owner TO %I', current_user);
  END IF;
END $$;

-- Guard rails at log-in; a role taken later keeps them. A migration waits as long as its work needs.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT login, setting, value
      FROM (
      SELECT login, setting, value
        FROM (VALUES
          ('martlet_web',      '5s'),
          ('martlet_worker',   '60s'),
          ('martlet_operator', '60s'),
          ('martlet_export',   '0'),
          ('martlet_migrate',  '0')
        ) AS logins (login, statement_timeout)
       CROSS JOIN LATERAL (VALUES
          ('statement_timeout', statement_timeout),
          ('lock_timeout', '2s'),
          ('idle_in_transaction_session_timeout', '10s'),
          ('client_connection_check_interval', '2s'),
          ('search_path', 'app'),
          ('TimeZone', 'UTC'),
          -- Values stay out of the server's log. Only a superuser may say so; elsewhere set it in postgresql.conf.
          ('log_parameter_max_length', '0')
        ) AS settings (setting, value)
       UNION ALL
      -- The queue grows from nothing to a hundred thousand rows between two looks of ANALYZE, and the
      -- worker's statements touch a few by index, whatever the planner has heard last.
      SELECT 'martlet_worker', setting, 'off'
        FROM (VALUES ('enable_seqscan'), ('enable_hashjoin'), ('enable_mergejoin'), ('enable_sort'),
                     ('enable_incremental_sort')) AS plans (setting)
      ) AS wanted_settings
     WHERE (setting <> 'log_parameter_max_length' OR current_setting('is_superuser')::boolean)
       AND NOT EXISTS (
       SELECT FROM pg_db_role_setting
        WHERE setdatabase = 0 AND setrole = login::regrole
          AND setting || '=' || value = ANY (setconfig))
  LOOP
    EXECUTE format('ALTER ROLE %I SET %I = %L', wanted.login, wanted.setting, wanted.value);
  END LOOP;
END $$;

-- What PostgreSQL gives to everybody, nobody keeps: no temporary tables, no schema `public`.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO martlet_owner', current_database());
  EXECUTE format(
    'GRANT CONNECT ON DATABASE %I TO
       martlet_migrate, martlet_web, martlet_worker, martlet_operator, martlet_export',
    current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
END $$;
