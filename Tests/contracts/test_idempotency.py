"""A POST with an Idempotency-Key acts once, whatever is cut, killed or sent twice."""

import concurrent.futures
import socket
import threading
import uuid

import pytest
import requests
from martlets import Martlet, copy, until

PASSWORD = "plenty of sparrows"


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    data = copy(prepared, session_folders.new())
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "2"}) as server:
        yield server


@pytest.fixture
def caller(server):
    return Caller(server)


class Caller:
    """An account, and what its program asks of a server."""

    def __init__(self, server, email=None):
        self.server = server
        self.email = email or f"{uuid.uuid4()}@example.com"
        form = {"email": self.email, "password": PASSWORD, "accept_terms": "1.0"}
        answer = requests.post(f"{server.url}/api/auth/register", json=form)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["access_token"]

    def post(self, key, word="one", address=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        url = f"{address or self.server.url}/api/probe/effects"
        return requests.post(url, json={"word": word}, headers=headers, timeout=60)

    def effects(self):
        return int(
            self.server.sql(
                "SELECT count(*) FROM app.account_devices JOIN app.accounts USING (account_id)"
                f" WHERE email = '{self.email}'"
            )
        )


def test_the_same_key_gets_the_same_answer(caller):
    first, second = caller.post("a"), caller.post("a")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert "Idempotent-Replay" not in first.headers
    assert second.headers["Idempotent-Replay"] == "true"
    assert caller.effects() == 1


def test_what_is_left_is_told_with_every_answer(caller):
    kept, refused = caller.post("a"), caller.post("a", word="")
    assert refused.status_code == 422
    for answer in (kept, refused):
        assert answer.headers["RateLimit-Limit"] == "600"
        assert int(answer.headers["RateLimit-Remaining"]) < 600
        assert 1 <= int(answer.headers["RateLimit-Reset"]) <= 60


def test_without_a_key_each_request_acts(caller):
    assert [caller.post(None).json()["effects"] for _ in range(2)] == [1, 2]


def test_another_body_needs_another_key(caller):
    caller.post("a")
    answer = caller.post("a", word="two")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert caller.effects() == 1


def test_two_callers_have_keys_of_their_own(server, caller):
    other = Caller(server)
    caller.post("a")
    assert other.post("a").json()["effects"] == 1
    assert "Idempotent-Replay" not in Caller(server).post("a").headers


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_cannot_be_kept_is_refused(caller, key):
    answer = caller.post(key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert caller.effects() == 0


def test_a_refused_request_leaves_its_key_free(caller):
    assert caller.post("a", word="").status_code == 422
    assert caller.post("a").status_code == 201


def test_fifty_at_once_act_once(caller):
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: caller.post("a"), range(50)))
    made = {answer.content for answer in answers if answer.status_code == 201}
    others = [answer for answer in answers if answer.status_code != 201]
    assert len(made) == 1
    assert {(a.status_code, a.json()["code"]) for a in others} <= {(409, "request_in_progress")}
    assert caller.effects() == 1
    assert caller.post("a").content in made


@pytest.mark.parametrize("moment", ["answer", "commit"])
def test_a_cut_around_commit_ends_in_the_truth(server, caller, folders, moment):
    with Cut(f"{server.socket_folder}/.s.PGSQL.5432", moment) as cut:
        settings = {
            "DATABASE_URL": f"host=127.0.0.1 port={cut.port} user=martlet_web dbname=martlet",
            "MARTLET_KEYS": f"{server.data}/root-keys",
            "MARTLET_WEB_PROCESSES": "1",
            "MARTLET_BASE_URL": server.url,
        }
        with Martlet(folders.new() / "data", settings, role="web") as other:
            cut.armed.set()
            answer = caller.post("a", address=other.url)
            assert not cut.armed.is_set(), "the cut was never made"
            if moment == "answer":
                assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
                assert int(answer.headers["Retry-After"]) > 0
            again = caller.post("a", address=other.url)
    assert (again.status_code, again.json()["effects"]) == (201, 1)
    if moment == "answer":
        assert again.headers["Idempotent-Replay"] == "true"
    assert caller.effects() == 1


@pytest.mark.parametrize(
    "point, effects", [("transaction.before_commit", 0), ("transaction.committed", 1)]
)
def test_a_process_killed_around_commit_leaves_the_truth(
    data, point, effects
):
    # The first two transactions of the process are the registration and the session's visit.
    settings = {"MARTLET_WEB_PROCESSES": "1", "MARTLET_FAULT": f"{point}:2"}
    with Martlet(data, settings) as server:
        caller = Caller(server)
        with pytest.raises(requests.ConnectionError):
            caller.post("a")
        assert caller.effects() == effects
        until(lambda: is_served(server), "the process that follows")
        again = caller.post("a")
        assert (again.status_code, again.json()["effects"]) == (201, 1)
        assert ("Idempotent-Replay" in again.headers) == (effects == 1)
        assert caller.effects() == 1


def is_served(server):
    try:
        return server.ask("/healthz").status == 200
    except OSError:
        return False


class Cut:
    """Between a Martlet and its PostgreSQL; cuts one connection while its first effect is committed.

    `answer`: the server has committed, and its answer is thrown away.
    `commit`: the effect was written, and the connection ends before COMMIT is sent.
    """

    def __init__(self, path, moment):
        self.path = path
        self.moment = moment
        self.armed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.path)
            for job in (self.upstream, self.downstream):
                threading.Thread(target=job, args=(client, server), daemon=True).start()

    def upstream(self, client, server):
        self.copy(client, server, lambda data: False)

    def downstream(self, client, server):
        wrote = False

        def cuts(data):
            nonlocal wrote
            if not self.armed.is_set():
                return False
            wrote = wrote or b"INSERT 0 1\0" in data
            if wrote and (self.moment == "commit" or b"COMMIT\0" in data):
                self.armed.clear()
                return True
            return False

        self.copy(server, client, cuts)

    @staticmethod
    def copy(source, target, cuts):
        try:
            while (data := source.recv(65_536)) and not cuts(data):
                target.sendall(data)
        except OSError:
            pass
        finally:
            for one in (source, target):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
