"""What is over is removed at night, and nothing else."""

import requests
from martlets import MARTLET, Martlet, run
from people import Person


def test_nightly_work_removes_what_is_over(data):
    with Martlet(data, binary=MARTLET) as server:
        person = Person(server)
        person.login()
        for _ in range(2):
            requests.post(
                f"{server.url}/api/auth/login", json={"email": "x@example.com", "password": "x"}
            )
        # Of each kind one row that is over and one that is not.
        server.sql(
            f"""
            INSERT INTO app.account_links
            SELECT '{person.id}', sha256(n::text::bytea), 'verify_email', 'a@example.com', now(),
                   now() + (n || ' days')::interval FROM unnest(ARRAY[-1, 1]) AS n;
            INSERT INTO app.idempotency_keys
            SELECT '{person.id}', 'martlet_account', '{person.id}', 'POST /x', n::text,
                   sha256(''), 200, '', now() + (n || ' days')::interval
              FROM unnest(ARRAY[-1, 1]) AS n;
            UPDATE app.account_sessions SET expires_at = now() - interval '1 day'
             WHERE session_id = (SELECT min(session_id::text)::uuid FROM app.account_sessions);
            INSERT INTO app.attempts
            SELECT sha256(n::text::bytea), 1, now(), now(), now() + (n || ' days')::interval
              FROM unnest(ARRAY[-1, 1]) AS n;
            """
        )
        before = counts(server)
        for name in (
            "limits.purge_attempts", "api.purge_idempotency_keys",
            "accounts.purge_sessions", "accounts.purge_links",
        ):  # fmt: skip
            done = run("job", "run", name, "--data", data)
            assert done.returncode == 0, done.stderr
        assert counts(server) == {table: count - 1 for table, count in before.items()}


def counts(server):
    tables = ["account_links", "idempotency_keys", "account_sessions", "attempts"]
    return {table: int(server.sql(f"SELECT count(*) FROM app.{table}")) for table in tables}
