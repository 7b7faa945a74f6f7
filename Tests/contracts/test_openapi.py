"""The API's own description, judged by other people's programs."""

import os
import subprocess
import sys

import pytest
import requests
from martlets import Martlet, copy
from openapi_spec_validator import validate
from people import Person

# In a run of all tests a few examples of each kind; more when somebody asks.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "20")


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    settings = {"MARTLET_API_RATE": "1000000", "MARTLET_TRUSTED_PROXIES": "127.0.0.1"}
    with Martlet(copy(prepared, session_folders.new()), settings) as server:
        yield server


@pytest.fixture(scope="module")
def document(server):
    return requests.get(f"{server.url}/api/openapi.json").json()


def operations(document):
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_is_a_valid_document(document):
    validate(document)


def test_names_a_permission_for_every_route(document):
    for method, path, operation in operations(document):
        assert operation["x-permission"], (method, path)
        assert operation["x-audience"] in ("anybody", "account", "staff", "operator"), path
    for page in document["x-pages"]:
        assert page["permission"], page


def test_has_each_operation_under_a_name_of_its_own(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_is_shown_as_a_page_for_people(server, document):
    page = requests.get(f"{server.url}/api/docs").text
    for _, path, _ in operations(document):
        assert f"<code>{path}</code>" in page


@pytest.mark.parametrize("signed_in", [False, True], ids=["signed out", "signed in"])
def test_keeps_what_it_says_whatever_is_sent(server, signed_in, tmp_path):
    headers = ["--header", "X-Forwarded-For: 10.1.1.1"]
    if signed_in:
        headers += ["--header", f"Authorization: {Person(server).bearer['Authorization']}"]
    done = subprocess.run(
        [
            f"{os.path.dirname(sys.executable)}/schemathesis", "run",
            f"{server.url}/api/openapi.json", *headers,
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
            "response_schema_conformance", "--phases", "examples,coverage,fuzzing",
            "--max-examples", EXAMPLES, "--generation-database", "none", "--seed", "20261120",
            "--workers", "2", "--request-timeout", "60", "--no-color",
        ],
        capture_output=True, text=True, timeout=900, cwd=tmp_path,
    )  # fmt: skip
    failures = [entry["error"] for entry in server.events("request.failed")]
    assert done.returncode == 0, f"{failures}\n{done.stdout[-6000:]}{done.stderr[-2000:]}"
