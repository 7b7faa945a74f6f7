"""Every route, asked by everybody: generated from what the routes say about themselves."""

import json
import re
import uuid

import pytest
import requests
from martlets import Martlet, copy
from people import Browser, Person

# Ids in paths by the word before them, as the mirrored account has them; see `foreign_ids`.
OWNED = {"sessions"}


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    with Martlet(copy(prepared, session_folders.new()), {"MARTLET_API_RATE": "1000000"}) as server:
        yield server


@pytest.fixture(scope="module")
def document(server):
    return requests.get(f"{server.url}/api/openapi.json").json()


@pytest.fixture(scope="module")
def operations(document):
    return [
        (method.upper(), path, operation)
        for path, item in sorted(document["paths"].items())
        for method, operation in sorted(item.items())
    ]


def filled(path, value=None):
    """The path with a random id, or the given one, in the place of each parameter."""
    return re.sub(r"\{[^}]+\}", lambda _: value or str(uuid.uuid4()), path)


def example(operation):
    """A body whose fields have the right types, so that refusals are about who asks."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return value_of(content["schema"]) if content else None


def value_of(schema):
    if "anyOf" in schema:
        return value_of(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: value_of(part) for name, part in schema["properties"].items()}
        case "array":
            return [value_of(schema["items"])] * schema.get("minItems", 0)
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _ if schema.get("format") == "email":
            return f"{uuid.uuid4()}@example.com"
        case _:
            return "sparrow-" * 2 + "x" * max(0, schema.get("minLength", 0) - 16)


def ask(server, method, path, operation, **more):
    return requests.request(
        method, f"{server.url}{path}", json=example(operation), allow_redirects=False, **more
    )


def test_signed_out_the_api_says_401_wherever_somebody_is_needed(server, operations):
    for method, path, operation in operations:
        answer = ask(server, method, filled(path), operation)
        if operation["x-audience"] == "anybody":
            # It may refuse what was sent, and a token in it; never for want of a session.
            assert answer.json().get("code") != "not_signed_in" if answer.content else True
            continue
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.json()["code"] == "not_signed_in"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_signed_out_a_page_leads_to_signing_in(server, document):
    for page in document["x-pages"]:
        path = filled(page["path"])
        if page["audience"] == "anybody":
            continue
        if page["method"] == "GET":
            answer = Browser(server).get(path)
        else:
            answer = Browser(server).submit(path)
        assert answer.status_code == 303, (page, answer.status_code)
        assert answer.headers["Location"].startswith("/sign-in"), page


def test_nobody_but_an_operator_uses_what_is_an_operators(server, document, operations):
    person = Person(server)
    browser = person.browser()
    for method, path, operation in operations:
        if operation["x-audience"] == "operator":
            answer = ask(server, method, filled(path), operation, headers=person.bearer)
            assert answer.status_code == 403, (method, path, answer.text)
    for page in document["x-pages"]:
        if page["audience"] == "operator":
            path = filled(page["path"])
            answer = browser.get(path) if page["method"] == "GET" else browser.submit(path)
            assert answer.status_code == 403, page


def test_another_accounts_things_are_not_there(server, operations):
    """The same answer, to the byte, for what is somebody else's and for what is nobody's."""
    theirs, mine = Person(server), Person(server)
    ids = foreign_ids(theirs)
    before = fingerprint(server, theirs)
    asked = 0
    for method, path, operation in operations:
        owned = [word for word in OWNED if f"/{word}/{{" in path]
        if not owned:
            continue
        foreign, nobodys = (
            ask(server, method, filled(path, value), operation, headers=mine.bearer)
            for value in (ids[owned[0]], str(uuid.uuid4()))
        )
        assert foreign.status_code == nobodys.status_code == 404, (method, path)
        assert without_number(foreign) == without_number(nobodys)
        assert len(foreign.content) == len(nobodys.content)
        asked += 1
    assert asked > 0
    assert fingerprint(server, theirs) == before


def without_number(answer):
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def foreign_ids(person):
    sessions = person.api("GET", "/api/me/sessions").json()["data"]
    return {"sessions": sessions[0]["id"]}


def fingerprint(server, person):
    return server.sql(
        "SELECT md5(string_agg(a::text, ' ')) || md5(string_agg(s.session_id::text, ' '))"
        " FROM app.accounts AS a JOIN app.account_sessions AS s USING (account_id)"
        f" WHERE account_id = '{person.id}'"
    )


def test_a_malformed_id_is_not_found(server, operations):
    person = Person(server)
    for method, path, operation in operations:
        if "{" not in path or operation["x-audience"] != "account":
            continue
        for value in ("1", "x" * 36, "00000000-0000-0000-0000-00000000000g", "%00"):
            answer = ask(server, method, filled(path, value), operation, headers=person.bearer)
            assert answer.status_code in (400, 404), (method, path, value, answer.text)


def test_every_body_that_is_no_object_is_refused(server, operations):
    person = Person(server)
    for method, path, operation in operations:
        if operation["x-audience"] == "operator" or example(operation) is None:
            continue
        for body in (b"[]", b"null", b"1", b'"x"', b"{", b'{"a":1,"a":2}'):
            answer = requests.request(
                method, f"{server.url}{filled(path)}", data=body,
                headers={**person.bearer, "Content-Type": "application/json"},
            )  # fmt: skip
            # A route that asks for a second look at who it is says so before it reads.
            assert answer.status_code in (400, 401, 403, 404, 422), (method, path, body)
            assert json.loads(answer.content)["code"], (method, path, body)
