"""The platform's people: made by command, and let in only with a second factor."""

import re

import pyotp
import pytest
import requests
from martlets import Martlet, run
from people import Browser, Person

USAGE, FAILED, CONFIGURATION = 64, 70, 78


@pytest.fixture
def server(data):
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "1"}) as server:
        yield server


def operator(server, *words):
    return run("operator", *words, "--data", server.data, "--port", server.port)


def verify(server, person):
    server.sql(
        f"UPDATE app.accounts SET email_verified_at = now() WHERE account_id = '{person.id}'"
    )


def with_second_factor(person):
    app = pyotp.parse_uri(person.api("POST", "/api/me/totp").json()["uri"])
    answer = person.api("POST", "/api/me/totp/confirm", json={"code": app.now()})
    assert answer.status_code == 200, answer.text
    return answer.json()["recovery_codes"]


def test_a_new_operator_sets_a_password_and_a_second_factor(server):
    made = operator(server, "create", "Ada@Example.com", "--name", "Ada")
    assert made.returncode == 0, made.stderr
    link = re.search(rf"{server.url}(/reset/\S+)", made.stdout)[1]
    assert "second factor" in made.stdout
    assert operator(server, "list").stdout == "Ada@Example.com second factor off Ada\n"

    browser = Browser(server)
    password = "a swallow in March"
    assert browser.get(link).status_code == 200
    assert browser.submit(link, password=password).status_code == 303
    again = Browser(server).submit(link, password="a stork in March")
    assert again.status_code >= 400

    form = {"email": "ada@example.com", "password": password}
    person = Person.__new__(Person)
    person.server, person.id = server, None
    person.take(requests.post(f"{server.url}/api/auth/login", json=form).json())
    me = person.api("GET", "/api/me").json()
    assert (me["is_operator"], me["email_verified"]) == (True, True)
    refused = person.api("GET", "/api/admin/overview")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")

    with_second_factor(person)
    overview = {"accounts": 1, "shops": 0, "open_reports": 0, "open_appeals": 0}
    assert person.api("GET", "/api/admin/overview").json() == overview
    assert operator(server, "list").stdout == "Ada@Example.com second factor on Ada\n"


def test_the_console_says_how_to_get_in(server):
    person = Person(server)
    verify(server, person)
    browser = person.browser()
    html = {"Accept": "text/html"}
    assert browser.get("/console", headers=html).status_code == 403
    assert person.api("GET", "/api/admin/overview").json()["code"] == "not_allowed"

    assert operator(server, "create", person.email).returncode == 0
    # What was signed in had fewer rights.
    assert browser.get("/console", headers=html).status_code == 303
    browser = person.browser()
    page = browser.get("/console", headers=html)
    assert page.status_code == 403
    assert 'href="/account/security/second-factor"' in page.text

    person.take(person.login().json())
    codes = with_second_factor(person)
    page = browser.get("/console", headers=html)
    assert page.status_code == 200
    assert person.email in page.text

    assert operator(server, "remove", person.email).returncode == 0
    assert browser.get("/console", headers=html).status_code == 303
    assert person.api("GET", "/api/me").status_code == 401
    person.take(person.login(totp=codes[0]).json())
    assert person.api("GET", "/api/admin/overview").json()["code"] == "not_allowed"


def test_an_address_that_nobody_verified_is_not_promoted(server):
    squatter = Person(server)
    refused = operator(server, "create", squatter.email)
    assert refused.returncode == FAILED
    assert "Verify it" in refused.stderr
    assert operator(server, "list").stdout == "There is no operator.\n"


def test_a_command_works_without_a_server(data):
    made = run("operator", "create", "ada@example.com", "--data", data)
    assert made.returncode == 0, made.stderr
    assert "/reset/" in made.stdout
    assert run("operator", "remove", "ada@example.com", "--data", data).returncode == 0


@pytest.mark.parametrize(
    "words",
    [[], ["create"], ["create", "ada"], ["create", "a@b.example", "c"], ["remove"],
     ["remove", "nobody@example.com"], ["promote", "a@b.example"], ["list", "--name"],
     ["create", "a@b.example", "--name", "x" * 201]],
)  # fmt: skip
def test_a_wrong_command_line_says_what_is_right(data, words):
    done = run("operator", *words, "--data", data)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr.startswith("martlet: ")


def test_without_the_operators_login_nothing_is_done():
    elsewhere = {"DATABASE_URL": "postgresql://martlet_web@127.0.0.1:1/martlet"}
    done = run("operator", "list", settings=elsewhere)
    assert done.returncode == CONFIGURATION
    assert "MARTLET_OPERATOR_URL" in done.stderr
