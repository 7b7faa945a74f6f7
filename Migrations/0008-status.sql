-- Why: the public page about how things are says whether the work behind the pages keeps up.
-- Locks: none; everything here is new. Undo: DROP FUNCTION.

-- How long the oldest job that could run has waited; NULL where none waits.
CREATE FUNCTION app.queue_delay(at timestamptz) RETURNS interval
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT at - min(run_at) FROM app.jobs WHERE state = 'ready'
$$;
GRANT EXECUTE ON FUNCTION app.queue_delay(timestamptz) TO martlet_public;
GRANT CREATE ON SCHEMA app TO martlet_queue;
ALTER FUNCTION app.queue_delay(timestamptz) OWNER TO martlet_queue;
REVOKE CREATE ON SCHEMA app FROM martlet_queue;
