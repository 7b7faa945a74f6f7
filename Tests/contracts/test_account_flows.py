"""What people do with an account after they have it, by the API and by pages without scripts."""

import base64
import concurrent.futures
import hashlib
import json
import secrets
import uuid

import pytest
import requests
from martlets import Martlet, copy
from people import PASSWORD, Browser, Person, hidden_fields

NEW_PASSWORD = "a cloud of starlings"


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    data = copy(prepared, session_folders.new())
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "2"}) as server:
        yield server


@pytest.fixture
def person(server):
    return Person(server)


def link_for(person, purpose, email=None):
    """A link as a mail would hold it."""
    token = secrets.token_urlsafe(32)
    person.server.sql(
        "INSERT INTO app.account_links (account_id, token_hash, purpose, email, created_at, expires_at)"
        f" VALUES ('{person.id}', '\\x{hashlib.sha256(token.encode()).hexdigest()}', '{purpose}',"
        f" '{email or person.email}', now(), now() + interval '30 minutes')"
    )
    return token


def mails_to(person):
    """The kinds of the mails that are queued, or were, for an account."""
    kinds = person.server.sql(
        "SELECT payload ->> 'kind' FROM app.jobs WHERE name = 'accounts.mail'"
        f" AND lower(payload ->> 'account') = '{person.id}' ORDER BY id"
    )
    return kinds.split()


def post(server, path, **form):
    return requests.post(f"{server.url}/api{path}", json=form, timeout=60)


def statuses_of_fifty(ask):
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        return sorted(answer.status_code for answer in pool.map(lambda _: ask(), range(50)))


def from_every_process(server, ask):
    """The statuses that the processes answer: a connection each, until both were asked."""
    statuses, processes = set(), set()
    while len(processes) < 2:
        with requests.Session() as session:
            processes.add(session.get(f"{server.url}/probe/process").text)
            statuses.add(ask(session).status_code)
    return statuses


# Verifying


def test_an_address_is_verified_by_its_link_once(server, person):
    assert person.api("GET", "/api/me").json()["email_verified"] is False
    token = link_for(person, "verify_email")
    assert post(server, "/auth/verify", token=token).status_code == 204
    assert person.api("GET", "/api/me").json()["email_verified"] is True
    again = post(server, "/auth/verify", token=token)
    assert (again.status_code, again.json()["code"]) == (410, "link_over")


def test_opening_the_link_verifies_nothing_and_its_button_does(server, person):
    browser = Browser(server)
    path = f"/verify/{link_for(person, 'verify_email')}"
    for _ in range(3):
        assert browser.get(path).status_code == 200
    assert person.api("GET", "/api/me").json()["email_verified"] is False
    answer = browser.submit(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert person.api("GET", "/api/me").json()["email_verified"] is True
    assert browser.get(path).status_code == 410


def test_the_link_is_sent_again_while_it_is_needed(server, person):
    before = mails_to(person).count("verify_email")
    assert person.api("POST", "/api/me/verification").status_code == 202
    assert mails_to(person).count("verify_email") == before + 1
    browser = person.browser()
    assert "/account/verification" in browser.get("/dashboard").text
    assert browser.submit("/account/verification").status_code == 303
    assert mails_to(person).count("verify_email") == before + 2
    post(server, "/auth/verify", token=link_for(person, "verify_email"))
    refused = person.api("POST", "/api/me/verification")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_verified")
    assert "/account/verification" not in browser.get("/dashboard").text


# Resetting


def test_a_reset_ends_every_session_at_once_in_every_process(server, person):
    browser = person.browser()
    cookie = {"session": browser.cookie("session")}

    def by_token(session):
        return session.get(f"{server.url}/api/me", headers=person.bearer)

    def by_cookie(session):
        return session.get(f"{server.url}/dashboard", cookies=cookie, allow_redirects=False)

    assert from_every_process(server, by_token) == {200}
    assert from_every_process(server, by_cookie) == {200}
    form = {"token": link_for(person, "reset_password"), "password": NEW_PASSWORD}
    answer = post(server, "/auth/reset/complete", **form)
    assert (answer.status_code, answer.content) == (204, b"")
    assert from_every_process(server, by_token) == {401}
    assert from_every_process(server, by_cookie) == {303}
    assert post(server, "/auth/refresh", refresh_token=person.refresh_token).status_code == 401
    assert person.login().status_code == 401
    person.password = NEW_PASSWORD
    assert person.login().status_code == 200
    assert "password_changed" in mails_to(person)


def test_of_fifty_resets_by_one_link_one_wins(server, person):
    form = {"token": link_for(person, "reset_password")}
    passwords = iter([f"{NEW_PASSWORD} {number}" for number in range(50)])
    statuses = statuses_of_fifty(
        lambda: post(server, "/auth/reset/complete", **form, password=next(passwords))
    )
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 410, 503}


def test_of_fifty_verifications_by_one_link_one_wins(server, person):
    token = link_for(person, "verify_email")
    statuses = statuses_of_fifty(lambda: post(server, "/auth/verify", token=token))
    assert statuses == [204] + [410] * 49


@pytest.mark.parametrize("face", ["api", "page"])
def test_asking_for_a_reset_tells_nobody_who_has_an_account(server, person, face):
    unknown = f"{uuid.uuid4()}@example.com"
    assert len(unknown) == len(person.email)

    def ask(email):
        if face == "api":
            return post(server, "/auth/reset", email=email)
        return Browser(server).submit("/reset", email=email)

    answers = [ask(email) for email in (person.email, unknown)]
    assert answers[0].status_code == answers[1].status_code == (202 if face == "api" else 303)
    assert answers[0].content == answers[1].content
    assert headers_of(answers[0]) == headers_of(answers[1])
    assert "reset_password" in mails_to(person)


def headers_of(answer):
    changing = {"x-request-id", "date", "ratelimit-remaining", "ratelimit-reset"}
    return {name.lower(): value for name, value in answer.headers.items()} | dict.fromkeys(changing)


def test_a_known_and_an_unknown_address_take_the_same_work(server, person):
    """Each leaves one mail in the queue, in one transaction: what differs is whether it is ever sent."""
    count = "SELECT count(*) FROM app.jobs WHERE name = 'accounts.mail' AND payload ->> 'kind' = 'reset_password'"
    for email in (person.email, f"{uuid.uuid4()}@example.com"):
        before = int(server.sql(count))
        assert post(server, "/auth/reset", email=email).status_code == 202
        assert int(server.sql(count)) == before + 1


def test_asking_too_often_has_to_wait_whether_or_not_somebody_is_there(server, person):
    for email in (person.email, f"{uuid.uuid4()}@example.com"):
        for _ in range(10):
            assert post(server, "/auth/reset", email=email).status_code == 202
        assert post(server, "/auth/reset", email=email.upper()).status_code == 429


def test_a_reset_page_takes_the_new_password_and_keeps_the_link_on_a_mistake(server, person):
    browser = Browser(server)
    path = f"/reset/{link_for(person, 'reset_password')}"
    assert browser.get(path).status_code == 200
    refused = browser.submit(path, password="short")
    assert refused.status_code == 422
    assert "short" not in refused.text.split("<main")[1]
    answer = browser.submit(path, password=NEW_PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert browser.get(path).status_code == 410
    # Nobody is signed in by a link alone.
    assert browser.get("/dashboard").status_code == 303
    assert browser.submit("/sign-in", email=person.email, password=NEW_PASSWORD).status_code == 303
    assert browser.get("/dashboard").status_code == 200


def test_a_link_of_one_purpose_serves_no_other(server, person):
    token = link_for(person, "verify_email")
    form = {"token": token, "password": NEW_PASSWORD}
    assert post(server, "/auth/reset/complete", **form).status_code == 410
    assert post(server, "/auth/email", token=token).status_code == 410
    assert post(server, "/auth/verify", token=token).status_code == 204


# Changing the password


def test_a_changed_password_ends_all_but_the_session_that_changed_it(server, person):
    browser = person.browser()
    form = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    wrong = person.api("POST", "/api/me/password", json={**form, "current_password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    assert browser.get("/dashboard").status_code == 200
    assert person.api("POST", "/api/me/password", json=form).status_code == 204
    assert browser.get("/dashboard").status_code == 303
    assert person.api("GET", "/api/me").status_code == 200
    assert "password_changed" in mails_to(person)


def test_a_password_changed_on_the_page_makes_a_copied_cookie_worthless(server, person):
    browser = person.browser()
    copied = browser.cookie("session")
    form = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert browser.submit("/account/security", **form).status_code == 303
    assert browser.get("/dashboard").status_code == 200

    def ask(session):
        return session.get(
            f"{server.url}/dashboard", cookies={"session": copied}, allow_redirects=False
        )

    assert from_every_process(server, ask) == {303}
    assert person.api("GET", "/api/me").status_code == 401


def test_guesses_at_the_current_password_have_to_wait(person):
    form = {"current_password": "wrong", "new_password": NEW_PASSWORD}
    for _ in range(10):
        assert person.api("POST", "/api/me/password", json=form).status_code == 403
    right = {**form, "current_password": PASSWORD}
    assert person.api("POST", "/api/me/password", json=right).status_code == 429


# The profile


def test_a_profile_is_changed_in_part(person):
    before = person.api("GET", "/api/me").json()
    answer = person.api("PATCH", "/api/me", json={"time_zone": "Asia/Tehran", "language": "fa"})
    assert answer.status_code == 200
    changed = {"time_zone": "Asia/Tehran", "language": "fa", "version": before["version"] + 1}
    assert answer.json() == {**before, **changed} == person.api("GET", "/api/me").json()
    emptied = person.api("PATCH", "/api/me", json={"name": "", "language": None}).json()
    assert (emptied["name"], emptied["language"], emptied["time_zone"]) == ("", None, "Asia/Tehran")


@pytest.mark.parametrize("said", ["header", "field"])
def test_a_change_of_what_has_changed_meanwhile_is_refused(person, said):
    version = person.api("GET", "/api/me").json()["version"]

    def change(name):
        if said == "header":
            return person.api(
                "PATCH", "/api/me", json={"name": name}, headers={"If-Match": f'"{version}"'}
            )
        return person.api("PATCH", "/api/me", json={"name": name, "version": version})

    assert change("Bahar").status_code == 200
    stale = change("Cyrus")
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert person.api("GET", "/api/me").json()["name"] == "Bahar"


@pytest.mark.parametrize(
    "form",
    [
        {"time_zone": "Mars/Olympus"}, {"time_zone": "'; DROP TABLE accounts --"},
        {"language": "xx"}, {"theme": "pink"}, {"name": "x" * 201}, {"name": 5},
    ],
    ids=str,
)  # fmt: skip
def test_a_profile_takes_no_nonsense(person, form):
    answer = person.api("PATCH", "/api/me", json=form)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_fields")


def test_the_profile_page_saves_and_speaks_the_chosen_language(person):
    browser = person.browser()
    version = hidden_fields(browser.get("/account").text)["version"]
    form = {"name": "Amina", "language": "fa", "time_zone": "Asia/Tehran", "theme": "dark"}
    assert browser.submit("/account", version=version, **form).status_code == 303
    page = browser.get("/account").text
    assert '<html lang="fa" dir="rtl" data-theme="dark">' in page
    stale = browser.submit("/account", version=version, **form)
    assert stale.status_code == 409
    assert 'role="alert"' in stale.text


# The address


def test_an_address_changes_when_both_have_confirmed(server, person):
    post(server, "/auth/verify", token=link_for(person, "verify_email"))
    new = f"{uuid.uuid4()}@example.com"
    assert person.api("POST", "/api/me/email", json={"email": new}).status_code == 202
    assert {"leave_email", "take_email"} <= set(mails_to(person))
    leave = link_for(person, "leave_email")
    take = link_for(person, "take_email", new)
    assert post(server, "/auth/email", token=take).json() == {"changed": False}
    assert person.api("GET", "/api/me").json()["email"] == person.email
    browser = Browser(server)
    assert browser.get(f"/email/{leave}").status_code == 200
    assert browser.submit(f"/email/{leave}").status_code == 303
    me = person.api("GET", "/api/me").json()
    assert (me["email"], me["email_verified"]) == (new, True)
    assert "email_changed" in mails_to(person)
    assert person.login().status_code == 401
    person.email = new
    assert person.login().status_code == 200


def test_somebody_elses_address_is_told_only_to_who_holds_it(server, person):
    other = Person(server)
    asked = person.api("POST", "/api/me/email", json={"email": other.email})
    assert asked.status_code == 202
    taken = post(server, "/auth/email", token=link_for(person, "take_email", other.email))
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    assert person.api("GET", "/api/me").json()["email"] == person.email


# Sessions


def test_sessions_are_listed_in_pages_and_ended_one_by_one(server, person):
    browser = person.browser()
    for _ in range(3):
        person.login()
    seen, cursor = [], ""
    while cursor is not None:
        page = person.api("GET", f"/api/me/sessions?limit=2{cursor}").json()
        seen += page["data"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert len(seen) == len({one["id"] for one in seen}) == 5
    assert [one["current"] for one in seen].count(True) == 1
    (in_browser,) = [one for one in seen if one["kind"] == "browser"]
    assert person.api("DELETE", f"/api/me/sessions/{in_browser['id']}").status_code == 204
    assert browser.get("/dashboard").status_code == 303
    assert person.api("DELETE", "/api/me/sessions").status_code == 204
    assert len(person.api("GET", "/api/me/sessions").json()["data"]) == 1


def test_somebody_elses_session_is_not_there(server, person):
    other = Person(server)
    theirs = other.api("GET", "/api/me/sessions").json()["data"][0]["id"]
    answers = [
        person.api("DELETE", f"/api/me/sessions/{one}") for one in (theirs, str(uuid.uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len(answers[0].content) == len(answers[1].content)
    assert other.api("GET", "/api/me").status_code == 200


def test_a_cursor_that_is_none_of_ours_is_refused(person):
    made_up = base64.urlsafe_b64encode(json.dumps("' OR 1=1").encode()).decode().rstrip("=")
    for cursor in ("x", made_up, "W10", "%00", "a" * 500):
        answer = person.api("GET", f"/api/me/sessions?cursor={cursor}")
        assert answer.status_code == 400, cursor
    assert person.api("GET", "/api/me/sessions?limit=101").status_code == 422


def test_the_page_of_sessions_ends_them(person):
    browser, other = person.browser(), person.browser()
    page = browser.get("/account/sessions").text
    assert page.count('class="badge good"') == 1
    assert browser.submit("/account/sessions/end-others").status_code == 303
    assert other.get("/dashboard").status_code == 303
    assert browser.get("/dashboard").status_code == 200


# Leaving


def test_an_export_has_all_but_secrets(server, person):
    link_for(person, "verify_email")
    export = person.api("GET", "/api/me/export").json()
    assert export["account"]["email"] == person.email
    assert [one["kind"] for one in export["sessions"]] == ["api"]
    assert "hash" not in json.dumps(export) and "argon" not in json.dumps(export)
    page = person.browser().get("/account/data/export")
    assert page.headers["Content-Disposition"] == 'attachment; filename="martlet-account.json"'
    assert page.json()["account"] == export["account"]


def test_an_erased_account_is_gone_and_its_address_free(server, person):
    refused = person.api("DELETE", "/api/me", json={"email": "other@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_email")
    assert person.api("DELETE", "/api/me", json={"email": person.email}).status_code == 204
    assert person.api("GET", "/api/me").status_code == 401
    assert person.login().status_code == 401
    left = server.sql(f"SELECT * FROM app.accounts WHERE account_id = '{person.id}'")
    assert person.email not in left and "Amina" not in left and "argon2" not in left
    again = Person(server, email=person.email)
    assert again.id != person.id
    assert again.api("GET", "/api/me").status_code == 200


def test_the_page_erases_and_signs_out(person):
    browser = person.browser()
    assert browser.submit("/account/data", email="other@example.com").status_code == 422
    answer = browser.submit("/account/data", email=person.email)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/dashboard").status_code == 303


def test_an_operator_cannot_erase_themselves(server, person):
    server.sql(f"UPDATE app.accounts SET is_operator = true WHERE account_id = '{person.id}'")
    refused = person.api("DELETE", "/api/me", json={"email": person.email})
    assert (refused.status_code, refused.json()["code"]) == (409, "operator_account")
    assert person.api("GET", "/api/me").status_code == 200


# Terms


def test_changed_terms_are_accepted_before_the_dashboard(server, person):
    browser = person.browser()
    server.sql(f"UPDATE app.accounts SET terms_version = '0.9' WHERE account_id = '{person.id}'")
    me = person.api("GET", "/api/me").json()
    assert (me["terms_version"], me["terms_current"]) == ("0.9", False)
    led = browser.get("/dashboard")
    assert led.headers["Location"] == "/terms/accept?return_to=/dashboard"
    # Who does not accept can still take their data and leave.
    assert browser.get("/account/data").status_code == 200
    assert browser.submit("/terms/accept", return_to="/dashboard").status_code == 422
    answer = browser.submit("/terms/accept", return_to="/dashboard", accept_terms="1.0")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard")
    assert browser.get("/dashboard").status_code == 200
    assert person.api("GET", "/api/me").json()["terms_current"] is True


def test_changed_terms_are_accepted_by_programs(server, person):
    server.sql(f"UPDATE app.accounts SET terms_version = '0.9' WHERE account_id = '{person.id}'")
    assert person.api("POST", "/api/me/terms", json={"accept_terms": "0.9"}).status_code == 422
    assert person.api("POST", "/api/me/terms", json={"accept_terms": "1.0"}).status_code == 204
    assert person.api("GET", "/api/me").json()["terms_current"] is True


# Settings as pages

SETTINGS = ["/account", "/account/security", "/account/sessions", "/account/email", "/account/data"]


@pytest.mark.parametrize("path", SETTINGS)
def test_settings_are_for_who_is_signed_in(server, person, path):
    assert Browser(server).get(path).headers["Location"] == f"/sign-in?return_to={path}"
    page = person.browser().get(path)
    assert page.status_code == 200
    assert page.text.count('aria-current="page"') == 1
    assert page.headers["Cache-Control"] == "no-store"


def test_an_old_session_confirms_itself_first(server, person):
    path = "/account/email"
    browser = person.browser()
    server.sql(
        "UPDATE app.account_sessions SET confirmed_at = now() - interval '1 hour'"
        f" WHERE account_id = '{person.id}'"
    )
    assert browser.get(path).headers["Location"] == f"/confirm?return_to={path}"
    assert 'href="/confirm?return_to=/account/data"' in browser.get("/account/data").text
    assert browser.submit("/account/data", email=person.email).headers["Location"] == "/confirm"
    for method, form in (("POST", "/email"), ("DELETE", "")):
        refused = person.api(method, f"/api/me{form}", json={"email": person.email})
        assert (refused.status_code, refused.json()["code"]) == (403, "confirmation_needed")
