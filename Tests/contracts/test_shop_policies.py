"""A shop's own terms, returns and privacy texts."""

import uuid

import pytest
import requests
from martlets import Martlet, copy
from people import Person


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    settings = {"MARTLET_WEB_PROCESSES": "1", "MARTLET_API_RATE": "1000000"}
    with Martlet(copy(prepared, session_folders.new()), settings) as server:
        yield server


def open_shop(server):
    owner = Person(server)
    form = {"name": f"Nest {uuid.uuid4().hex[:8]}", "country": "KE", "currency": "KES"}
    return owner, owner.api("POST", "/api/shops", json=form).json()


@pytest.fixture
def opened(server):
    return open_shop(server)


def put(owner, shop, kind, words):
    return owner.api("PUT", f"/api/shops/{shop['id']}/policies/{kind}", json={"words": words})


def read(server, shop, path):
    host = shop["storefront_url"].split("://")[1]
    return requests.get(f"{server.url}{path}", headers={"Host": host, "Accept-Language": "en"})


def test_each_change_is_a_version_and_old_ones_stay(server, opened):
    owner, shop = opened
    assert read(server, shop, "/policies/returns").status_code == 404
    first = put(owner, shop, "returns", "Within 14 days.\n\nUnused <things> only.")
    assert (first.status_code, first.json()["version"]) == (200, 1)
    assert put(owner, shop, "returns", "Within 14 days.\n\nUnused <things> only.").json() == (
        first.json()
    )
    assert put(owner, shop, "returns", "Within 30 days.").json()["version"] == 2
    page = read(server, shop, "/policies/returns")
    assert page.status_code == 200
    assert "Within 30 days." in page.text
    old = read(server, shop, "/policies/returns/1").text
    assert "<p dir=\"auto\">Within 14 days.</p>" in old
    assert "Unused &lt;things&gt; only." in old
    for path in ["/policies/returns/3", "/policies/returns/0", "/policies/secrets"]:
        assert read(server, shop, path).status_code == 404


def test_a_blank_text_withdraws_it(server, opened):
    owner, shop = opened
    put(owner, shop, "terms", "Be kind.")
    assert put(owner, shop, "terms", "").json()["version"] == 2
    assert read(server, shop, "/policies/terms").status_code == 404
    assert read(server, shop, "/policies/terms/1").status_code == 200


def test_a_page_publishes_without_a_script(server, opened):
    owner, shop = opened
    browser = owner.browser()
    path = f"/dashboard/{shop['slug']}/policies"
    assert browser.get(path).status_code == 200
    assert browser.submit(f"{path}/privacy", words="x" * 20_001).status_code == 422
    assert browser.submit(f"{path}/privacy", words="We keep little.").status_code == 303
    assert "We keep little." in browser.get(f"{path}/privacy").text
    assert "We keep little." in read(server, shop, "/policies/privacy").text


def test_another_shop_is_neither_written_nor_read(server, opened):
    owner, shop = opened
    _, theirs = open_shop(server)
    put(owner, shop, "terms", "Mine.")
    assert put(owner, theirs, "terms", "Mine, too.").status_code == 404
    assert read(server, theirs, "/policies/terms").status_code == 404
