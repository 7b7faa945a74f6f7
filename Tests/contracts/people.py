"""Accounts as the contract tests use them: by the API, and by pages as a browser without scripts."""

import re
import uuid

import pyotp
import requests
from martlets import run

PASSWORD = "plenty of sparrows"


class Person:
    """An account, signed in to the API."""

    def __init__(self, server, name="Amina", email=None, password=PASSWORD, fields=None):
        self.server = server
        self.email = email or f"{uuid.uuid4()}@example.com"
        self.password = password
        form = {"email": self.email, "password": password, "accept_terms": "1.0", "name": name}
        answer = requests.post(f"{server.url}/api/auth/register", json=form, headers=fields)
        assert answer.status_code == 201, answer.text
        self.take(answer.json())

    def take(self, answer):
        self.access_token = answer["access_token"]
        self.refresh_token = answer["refresh_token"]
        self.id = answer.get("account", {}).get("id") or self.id

    @property
    def bearer(self):
        return {"Authorization": f"Bearer {self.access_token}"}

    def api(self, method, path, **more):
        headers = {**self.bearer, **more.pop("headers", {})}
        return requests.request(
            method, f"{self.server.url}{path}", headers=headers, allow_redirects=False, **more
        )

    def login(self, **more):
        form = {"email": self.email, "password": self.password, **more}
        return requests.post(f"{self.server.url}/api/auth/login", json=form)

    def browser(self):
        """A browser that this account is signed in to, without scripts."""
        browser = Browser(self.server)
        answer = browser.submit("/sign-in", email=self.email, password=self.password)
        assert answer.status_code == 303, answer.text
        return browser


class Browser:
    """Cookies and forms, on one origin."""

    def __init__(self, server):
        self.server = server
        self.session = requests.Session()

    def get(self, path, **more):
        return self.session.get(f"{self.server.url}{path}", allow_redirects=False, **more)

    def submit(self, path, headers=None, **fields):
        origin = {"Origin": self.server.url, "Sec-Fetch-Site": "same-origin"}
        return self.session.post(
            f"{self.server.url}{path}", data=fields, headers=headers or origin,
            allow_redirects=False,
        )  # fmt: skip

    def cookie(self, name):
        return self.session.cookies.get(name, domain="localhost.local") or self.session.cookies.get(
            name
        )


def hidden_fields(page):
    """The hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def make_operator(server, person):
    """Makes an account one of the platform's people, signed in with a second factor."""
    server.sql(
        f"UPDATE app.accounts SET email_verified_at = now() WHERE account_id = '{person.id}'"
    )
    made = run("operator", "create", person.email, "--data", server.data, "--port", server.port)
    assert made.returncode == 0, made.stderr
    person.take(person.login().json())
    app = pyotp.parse_uri(person.api("POST", "/api/me/totp").json()["uri"])
    answer = person.api("POST", "/api/me/totp/confirm", json={"code": app.now()})
    assert answer.status_code == 200, answer.text
    person.recovery_codes = answer.json()["recovery_codes"]
    return person
