"""The second factor, with an authenticator that others wrote, by API and by pages without scripts."""

import concurrent.futures
import re
import struct
import time

import pyotp
import pytest
import requests
from martlets import Martlet, copy
from people import PASSWORD, Browser, Person

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
PENDING = "sign-in"


class Clock:
    """The servers' clock, which only goes forward."""

    def __init__(self, path):
        self.path, self.shift = path, 0
        path.write_bytes(bytes(8))

    def wait(self, seconds):
        self.shift += seconds
        with self.path.open("r+b") as file:
            file.write(struct.pack("=q", self.shift))

    def now(self):
        return time.time() + self.shift


@pytest.fixture(scope="module")
def clock(session_folders):
    return Clock(session_folders.new() / "clock")


@pytest.fixture(scope="module")
def server(prepared, session_folders, clock):
    settings = {"MARTLET_WEB_PROCESSES": "2", "MARTLET_CLOCK": str(clock.path),
                "MARTLET_API_RATE": "1000000"}  # fmt: skip
    with Martlet(copy(prepared, session_folders.new()), settings) as server:
        yield server


class Guarded(Person):
    """An account whose second factor is on."""

    def __init__(self, server, clock):
        super().__init__(server)
        self.clock = clock
        enrolment = self.api("POST", "/api/me/totp").json()
        self.app = pyotp.parse_uri(enrolment["uri"])
        assert self.app.secret == enrolment["secret"]
        answer = self.api("POST", "/api/me/totp/confirm", json={"code": self.code()})
        assert answer.status_code == 200, answer.text
        self.codes = answer.json()["recovery_codes"]

    def code(self):
        return self.app.at(self.clock.now())

    def next_code(self):
        """Of a step that no code was taken of."""
        self.clock.wait(60)
        return self.code()

    def half_signed_in(self, return_to="/dashboard"):
        browser = Browser(self.server)
        answer = browser.submit(
            "/sign-in", email=self.email, password=self.password, return_to=return_to
        )
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"].startswith("/sign-in/code?")
        return browser


@pytest.fixture
def guarded(server, clock):
    return Guarded(server, clock)


def code_of(answer):
    return answer.status_code, answer.json().get("code")


# By the API


def test_an_authenticator_of_another_make_signs_in(guarded):
    assert guarded.app.issuer == "Martlet"
    assert guarded.app.name == guarded.email
    assert code_of(guarded.login()) == (401, "second_factor_needed")
    assert guarded.login(totp=guarded.next_code()).status_code == 200
    assert guarded.login(totp=guarded.next_code().translate(PERSIAN)).status_code == 200
    early = guarded.app.at(guarded.clock.now() + 30)
    assert guarded.login(totp=f"{early[:3]} {early[3:]}").status_code == 200


def test_a_code_counts_once(guarded):
    code = guarded.next_code()
    assert guarded.login(totp=code).status_code == 200
    assert code_of(guarded.login(totp=code)) == (401, "wrong_code")


def test_a_code_counts_for_one_of_fifty_who_come_at_once(guarded):
    code = guarded.next_code()
    with concurrent.futures.ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda _: guarded.login(totp=code).status_code, range(50)))
    assert answers.count(200) == 1, answers
    # The others are wrong, too many, or find the line of passwords full.
    assert set(answers) <= {200, 401, 429, 503}, answers


def test_recovery_codes_count_once_in_any_dress(guarded):
    one, two = guarded.codes[:2]
    assert guarded.login(totp=one.lower().replace("-", " ")).status_code == 200
    assert code_of(guarded.login(totp=one)) == (401, "wrong_code")
    assert guarded.login(totp=two).status_code == 200


def test_the_codes_of_others_are_wrong(server, clock, guarded):
    other = Guarded(server, clock)
    assert code_of(guarded.login(totp=other.next_code())) == (401, "wrong_code")
    assert code_of(guarded.login(totp=other.codes[0])) == (401, "wrong_code")


def test_who_guesses_waits(guarded):
    answers = [code_of(guarded.login(totp="000000")) for _ in range(6)]
    assert answers == [(401, "wrong_code")] * 5 + [(429, "too_many_requests")]
    refused = guarded.login(totp=guarded.codes[0])
    assert refused.status_code == 429
    guarded.clock.wait(int(refused.headers["Retry-After"]) + 1)
    assert guarded.login(totp=guarded.codes[0]).status_code == 200


def test_new_recovery_codes_end_the_old_ones(guarded):
    answer = guarded.api("POST", "/api/me/recovery-codes", json={"code": guarded.codes[0]})
    new = answer.json()["recovery_codes"]
    assert len(set(new) | set(guarded.codes)) == 20
    assert all(re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", code) for code in new)
    assert code_of(guarded.login(totp=guarded.codes[1])) == (401, "wrong_code")
    assert guarded.login(totp=new[0]).status_code == 200


def test_it_is_turned_off_by_a_code_of_it(guarded):
    wrong = guarded.api("DELETE", "/api/me/totp", json={"code": "000000"})
    assert code_of(wrong) == (401, "wrong_code")
    assert guarded.api("GET", "/api/me").json()["second_factor"] is True
    right = guarded.api("DELETE", "/api/me/totp", json={"code": guarded.codes[0]})
    assert right.status_code == 204
    assert guarded.api("GET", "/api/me").json()["second_factor"] is False
    assert guarded.login().status_code == 200


def test_it_asks_who_is_there_when_that_was_long_ago(guarded):
    guarded.clock.wait(16 * 60)
    asked = guarded.api("POST", "/api/me/recovery-codes", json={"code": guarded.code()})
    assert code_of(asked) == (403, "confirmation_needed")

    def confirm(**form):
        return guarded.api("POST", "/api/auth/confirm", json=form)

    assert code_of(confirm(password="a stork in March")) == (403, "wrong_password")
    assert code_of(confirm(password=PASSWORD)) == (401, "second_factor_needed")
    assert code_of(confirm(password=PASSWORD, totp="000000")) == (401, "wrong_code")
    assert confirm(password=PASSWORD, totp=guarded.code()).status_code == 204
    again = guarded.api("POST", "/api/me/recovery-codes", json={"code": guarded.codes[0]})
    assert again.status_code == 200


def test_nothing_of_it_is_in_the_database_or_the_log(server, guarded):
    rows = server.sql("SELECT secret::text FROM app.account_totp; SELECT payload FROM app.jobs")
    log = (server.folder / "log").read_text()
    guarded.login(totp=guarded.codes[0])
    for secret in (guarded.app.secret, *guarded.codes):
        assert secret not in rows
        assert secret not in log
    raw = guarded.app.byte_secret().hex()
    assert raw not in rows


# By pages


def test_a_browser_gives_its_code_on_a_second_page(guarded):
    browser = guarded.half_signed_in("/account/security")
    assert browser.get("/dashboard").status_code == 303
    page = browser.get("/sign-in/code?return_to=/account/security")
    assert page.status_code == 200
    wrong = browser.submit("/sign-in/code", code="000000", return_to="/account/security")
    assert wrong.status_code == 401
    assert browser.get("/dashboard").status_code == 303
    right = browser.submit("/sign-in/code", code=guarded.codes[0], return_to="/account/security")
    assert (right.status_code, right.headers["Location"]) == (303, "/account/security")
    assert browser.get("/dashboard").status_code == 200
    assert browser.cookie(PENDING) is None


def test_the_cookie_between_the_pages_opens_nothing_else(server, guarded):
    browser = guarded.half_signed_in()
    token = browser.cookie(PENDING)
    bearer = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{server.url}/api/me", headers=bearer).status_code == 401
    cookies = {"Cookie": f"session={token}"}
    assert browser.get("/account", headers=cookies).status_code == 303


@pytest.mark.parametrize("forge", [
    lambda mine, theirs: "",
    lambda mine, theirs: mine[:-2] + ("AA" if mine[-2:] != "AA" else "BB"),
    lambda mine, theirs: ".".join([*mine.split(".")[:1], *theirs.split(".")[1:2], *mine.split(".")[2:]]),
    lambda mine, theirs: "eyJhbGciOiJub25lIn0." + mine.split(".")[1] + ".",
    lambda mine, theirs: "x" * 4_000,
])  # fmt: skip
def test_a_forged_cookie_starts_again(server, clock, guarded, forge):
    mine = guarded.half_signed_in().cookie(PENDING)
    theirs = Guarded(server, clock).half_signed_in().cookie(PENDING)
    browser = Browser(server)
    headers = {"Cookie": f"{PENDING}={forge(mine, theirs)}", "Sec-Fetch-Site": "same-origin"}
    answer = browser.submit("/sign-in/code", headers=headers, code=guarded.codes[0])
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?")
    # Nobody has used the code.
    assert guarded.login(totp=guarded.codes[0]).status_code == 200


def test_a_cookie_of_somebody_else_takes_only_their_codes(server, clock, guarded):
    other = Guarded(server, clock)
    browser = other.half_signed_in()
    assert browser.submit("/sign-in/code", code=guarded.codes[0]).status_code == 401


def test_the_cookie_is_over_after_five_minutes_and_with_the_password(guarded):
    late, changed = guarded.half_signed_in(), None
    guarded.clock.wait(301)
    assert late.submit("/sign-in/code", code=guarded.codes[0]).status_code == 303
    assert late.get("/dashboard").status_code == 303
    changed = guarded.half_signed_in()
    form = {"current_password": PASSWORD, "new_password": "a swift in April"}
    assert guarded.api("POST", "/api/me/password", json=form).status_code == 204
    answer = changed.submit("/sign-in/code", code=guarded.codes[0])
    assert answer.headers["Location"].startswith("/sign-in?")
    assert changed.get("/dashboard").status_code == 303


def test_it_is_set_up_and_turned_off_by_pages(server, clock):
    person = Person(server)
    browser = person.browser()
    path = "/account/security/second-factor"
    before = browser.cookie("session")
    assert browser.submit(f"{path}/start").headers["Location"] == path
    page = browser.get(path).text
    assert "<svg" in page
    app = pyotp.parse_uri(re.search(r'href="(otpauth:[^"]+)"', page)[1].replace("&amp;", "&"))
    assert browser.submit(path, code="1").status_code == 401
    assert app.secret in re.sub(r"\s", "", browser.get(path).text)

    page = browser.submit(path, code=app.at(clock.now()))
    codes = re.findall(r'<li class="code">([^<]+)</li>', page.text)
    assert (page.status_code, len(codes)) == (200, 10)
    assert page.headers["Cache-Control"] == "no-store"
    assert codes[0] not in browser.get(path).text
    after = browser.cookie("session")
    assert after != before
    # A copy of the cookie from before it was on.
    copy = Browser(server).get(path, headers={"Cookie": f"session={before}"})
    assert copy.headers["Location"].startswith("/sign-in?")

    assert browser.submit(f"{path}/off", code="000000").status_code == 401
    assert browser.submit(f"{path}/off", code=codes[0]).headers["Location"] == path
    assert browser.cookie("session") != after
    assert person.browser().get("/dashboard").status_code == 200


def test_a_browser_says_once_more_who_is_there(server, clock):
    browser = Person(server).browser()
    clock.wait(16 * 60)
    path = "/account/security/second-factor"
    asked = browser.get(path)
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/confirm?return_to={path}")
    before = browser.cookie("session")
    wrong = browser.submit("/confirm", password="a stork in March", return_to=path)
    assert wrong.status_code == 403
    assert browser.get(path).status_code == 303
    right = browser.submit("/confirm", password=PASSWORD, return_to=path)
    assert (right.status_code, right.headers["Location"]) == (303, path)
    assert browser.cookie("session") != before
    assert browser.get(path).status_code == 200
    away = browser.submit("/confirm", password=PASSWORD, return_to="//evil.example/")
    assert away.headers["Location"] == "/dashboard"
