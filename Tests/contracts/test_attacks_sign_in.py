"""What people try against sessions, tokens and forms."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import time

import pytest
import requests
from martlets import Martlet, copy
from people import PASSWORD, Browser, Person


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    data = copy(prepared, session_folders.new())
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "2"}) as server:
        yield server


@pytest.fixture
def person(server):
    return Person(server)


def from_every_process(server, ask):
    """The statuses that the processes answer: a connection each, until both were asked."""
    statuses, processes = set(), set()
    while len(processes) < 2:
        with requests.Session() as session:
            processes.add(session.get(f"{server.url}/probe/process").text)
            statuses.add(ask(session).status_code)
    return statuses


# Tokens


def encoded(part):
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decoded(token):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def signed(header, claims, key):
    content = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.new(key, content.encode(), hashlib.sha256).digest()
    return f"{content}.{encoded(signature)}"


def forgeries(token):
    header, claims = decoded(token)
    content, _, signature = token.rpartition(".")
    later = {**claims, "exp": claims["exp"] + 86_400}
    yield "none", f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."
    yield "None", f"{encoded({'alg': 'None'})}.{encoded(claims)}.{signature}"
    yield "no signature", f"{content}."
    yield "no third part", content
    yield "empty key", signed(header, claims, b"")
    yield "a guessed key", signed(header, claims, b"secret")
    yield "another algorithm", signed({**header, "alg": "HS512"}, claims, b"secret")
    yield "a key of its own", signed({**header, "kid": "../../dev/null"}, claims, b"")
    yield "a key by address", signed({**header, "jku": "http://127.0.0.1/keys"}, claims, b"x")
    yield "a key inside", signed({**header, "jwk": {"kty": "oct", "k": "eA"}}, claims, b"x")
    yield "longer life", f"{token.split('.')[0]}.{encoded(later)}.{signature}"
    yield "padded", token + "="
    yield "two", f"{token},{token}"
    yield "ten megabytes", f"{token.split('.')[0]}.{'A' * 5_000}.{signature}"
    yield "no token", ""
    yield "dots", "..."
    yield "not ASCII", "é.è.ê".encode().decode("latin-1")


def test_no_forged_token_opens_anything(server, person):
    assert person.api("GET", "/api/me").status_code == 200
    for name, token in forgeries(person.access_token):
        headers = {"Authorization": f"Bearer {token}".encode()}
        answer = requests.get(f"{server.url}/api/me", headers=headers)
        # A head that is too large, or not ASCII, is refused before anybody reads the token.
        assert answer.status_code in (400, 401, 431), (name, answer.status_code)


def test_ten_megabytes_of_token_are_refused(server, person):
    headers = {"Authorization": f"Bearer {'A' * (10 << 20)}"}
    try:
        assert requests.get(f"{server.url}/api/me", headers=headers).status_code in (400, 431)
    except requests.ConnectionError:
        pass  # Closed while it was still being sent.
    assert person.api("GET", "/api/me").status_code == 200


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_another_scheme_is_no_token(server, person, scheme):
    headers = {"Authorization": f"{scheme} {person.access_token}".strip()}
    assert requests.get(f"{server.url}/api/me", headers=headers).status_code == 401


def test_a_cookie_opens_no_api_and_a_token_no_page(server, person):
    browser = person.browser()
    assert browser.get("/dashboard").status_code == 200
    assert browser.get("/api/me").status_code == 401
    answer = requests.get(
        f"{server.url}/dashboard", headers=person.bearer, allow_redirects=False
    )
    assert answer.status_code == 303


def test_signing_out_is_true_at_once_in_every_process(server, person):
    def ask(session):
        return session.get(f"{server.url}/api/me", headers=person.bearer)

    assert from_every_process(server, ask) == {200}
    form = {"refresh_token": person.refresh_token}
    assert requests.post(f"{server.url}/api/auth/logout", json=form).status_code == 204
    assert from_every_process(server, ask) == {401}
    assert requests.post(f"{server.url}/api/auth/refresh", json=form).status_code == 401


def test_a_refresh_token_that_comes_back_ends_the_session(server, person):
    first = {"refresh_token": person.refresh_token}
    pair = requests.post(f"{server.url}/api/auth/refresh", json=first).json()
    assert requests.post(f"{server.url}/api/auth/refresh", json=first).status_code == 401
    second = {"refresh_token": pair["refresh_token"]}
    assert requests.post(f"{server.url}/api/auth/refresh", json=second).status_code == 401
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    assert requests.get(f"{server.url}/api/me", headers=headers).status_code == 401


def test_fifty_exchanges_of_one_token_leave_at_most_one_pair(server, person):
    form = {"refresh_token": person.refresh_token}
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda _: requests.post(f"{server.url}/api/auth/refresh", json=form), range(50)
            )
        )
    assert sorted(a.status_code for a in answers) == [200] + [401] * 49


# Sessions of browsers


def test_a_session_that_somebody_planted_is_not_signed_in(server, person):
    browser = Browser(server)
    browser.session.cookies.set("session", "planted-by-somebody-else", domain="localhost.local")
    browser.submit("/sign-in", email=person.email, password=PASSWORD)
    planted = requests.get(
        f"{server.url}/dashboard", cookies={"session": "planted-by-somebody-else"},
        allow_redirects=False,
    )  # fmt: skip
    assert planted.status_code == 303
    assert browser.get("/dashboard").status_code == 200


def test_each_sign_in_has_a_token_of_its_own(person):
    tokens = {person.browser().cookie("session") for _ in range(3)}
    assert len(tokens) == 3
    assert None not in tokens


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server, person):
    answer = Browser(server).submit("/sign-in", email=person.email, password=PASSWORD)
    cookie = next(c for c in answer.raw.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie


def test_over_tls_the_cookie_belongs_to_the_host_alone(data):
    settings = {"MARTLET_BASE_URL": "https://localhost", "MARTLET_WEB_PROCESSES": "1"}
    with Martlet(data, settings) as server:
        form = {"email": "a@example.com", "password": PASSWORD, "accept_terms": "1.0"}
        answer = requests.post(f"{server.url}/sign-up", data=form, allow_redirects=False)
        cookies = answer.raw.headers.getlist("Set-Cookie")
        assert any(c.startswith("__Host-session=") and "; Secure" in c for c in cookies), cookies
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_cookie_is_worthless_after_signing_out(server, person):
    browser = person.browser()
    token = browser.cookie("session")
    assert browser.submit("/sign-out").status_code == 303

    def ask(session):
        return session.get(
            f"{server.url}/dashboard", cookies={"session": token}, allow_redirects=False
        )

    assert from_every_process(server, ask) == {303}


# Forms from elsewhere


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none", "Origin": "https://evil.example"},
]
TYPES = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/json",
    "",
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("kind", TYPES)
def test_a_form_of_another_site_does_nothing(person, headers, kind):
    browser = person.browser()
    sent = {**headers, **({"Content-Type": kind} if kind else {})}
    answer = browser.session.post(
        f"{browser.server.url}/sign-out", data=b"", headers=sent, allow_redirects=False
    )
    assert answer.status_code in (403, 415), answer.text
    assert browser.get("/dashboard").status_code == 200


def test_a_foreign_origin_that_looks_like_ours_is_foreign(server, person):
    browser = person.browser()
    for origin in (
        f"{server.url}.evil.example",
        f"http://evil.example/{server.url}",
        server.url.replace("http:", "https:"),
        f"http://localhost:{server.port + 1}",
        f"http://shop.localhost:{server.port}",
    ):
        assert browser.submit("/sign-out", headers={"Origin": origin}).status_code == 403
    assert browser.get("/dashboard").status_code == 200


# Where people are sent


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.example",
        " https://evil.example",
        "/%0d%0aLocation: https://evil.example",
        "",
    ],
)
def test_nobody_is_sent_to_another_site(server, person, target):
    answer = Browser(server).submit(
        "/sign-in", email=person.email, password=PASSWORD, return_to=target
    )
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith("/") and not location.startswith(("//", "/\\"))
    assert "evil.example" not in location or location.startswith("/%0d%0a")


def test_signing_in_leads_back_to_the_page_that_asked(server, person):
    asked = Browser(server).get("/dashboard?tab=a%26b")
    assert asked.status_code == 303
    assert asked.headers["Location"] == "/sign-in?return_to=/dashboard%3Ftab%3Da%2526b"


# Text


MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"


def test_markup_in_a_name_stays_text(server):
    browser = Person(server, name=MARKUP).browser()
    page = browser.get("/dashboard").text
    assert "<script>alert" not in page and "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_markup_in_a_refused_form_stays_text(server):
    page = Browser(server).submit("/sign-up", name=MARKUP, email=MARKUP, password=MARKUP).text
    assert "<script>alert" not in page and "<img src=x" not in page
    # What is secret is not shown again at all.
    assert page.count("&lt;script&gt;") == 2


# Who has an account


def test_sign_in_answers_the_same_for_known_and_unknown(server, person):
    answers = [
        requests.post(f"{server.url}/api/auth/login", json={"email": email, "password": "wrong"})
        for email in (person.email, "nobody@example.com")
    ]
    known, unknown = answers
    assert known.status_code == unknown.status_code == 401
    volatile = "request_id"
    assert {k: v for k, v in known.json().items() if k != volatile} == {
        k: v for k, v in unknown.json().items() if k != volatile
    }
    assert len(known.content) == len(unknown.content)


def test_too_many_tries_have_to_wait_whether_or_not_somebody_is_there(server, person):
    for email in (person.email, "nobody-else@example.com"):
        form = {"email": email, "password": "wrong"}
        for _ in range(10):
            answer = requests.post(f"{server.url}/api/auth/login", json=form)
            assert answer.status_code == 401
        answer = requests.post(f"{server.url}/api/auth/login", json=form)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert int(answer.headers["Retry-After"]) >= 1
    # The right password has to wait as well: otherwise the wait would tell which it is.
    assert person.login().status_code == 429


def test_a_thousand_registrations_of_one_address_make_one_account(server):
    form = {"email": "one@example.com", "password": PASSWORD, "accept_terms": "1.0"}

    def register(number):
        sent = {**form, "email": form["email"].upper() if number % 2 else form["email"]}
        return requests.post(f"{server.url}/api/auth/register", json=sent, timeout=120)

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        statuses = [answer.status_code for answer in pool.map(register, range(1_000))]
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, 429, 503}
    count = server.sql("SELECT count(*) FROM app.accounts WHERE email_key = 'one@example.com'")
    assert count == "1"
