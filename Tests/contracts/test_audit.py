"""What was changed in a shop: told to those who work there, and proven by command."""

import csv
import io

import pytest
from martlets import Martlet, copy, run
from people import Person

UNSOUND, USAGE = 1, 64


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    data = copy(prepared, session_folders.new())
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "1"}) as server:
        yield server


def opened(person, name="Mtambo"):
    form = {"name": name, "country": "KE", "currency": "KES"}
    answer = person.api("POST", "/api/shops", json=form)
    assert answer.status_code == 201, answer.text
    return answer.json()


def seal(server):
    sealed = run("job", "run", "audit.seal", "--data", server.data, "--port", server.port)
    assert sealed.returncode == 0, sealed.stderr


def verify(server, *words):
    return run("audit", "verify", *words, "--data", server.data, "--port", server.port)


def log(person, shop, query=""):
    answer = person.api("GET", f"/api/shops/{shop['id']}/audit{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_a_change_is_told_with_who_made_it_and_what_it_was_before(server):
    person = Person(server)
    shop = opened(person)
    patched = person.api("PATCH", f"/api/shops/{shop['id']}", json={"tagline": "=1+1"})
    assert patched.status_code == 200, patched.text
    change, opening = log(person, shop)
    assert (opening["action"], opening["role"]) == ("shop_opened", "owner")
    assert change["action"] == "settings_changed"
    assert change["actor"] == {"kind": "account", "id": person.id, "name": "Amina"}
    assert change["target"] == {"kind": "shop", "id": shop["id"]}
    assert change["changes"] == [{"field": "tagline", "before": "", "after": "=1+1"}]
    assert change["address"] is None
    assert change["request_id"] == patched.headers["X-Request-Id"]
    assert log(person, shop, "?action=shop_opened") == [opening]
    assert log(person, shop, "?to=2001-01-01") == []
    first = person.api("GET", f"/api/shops/{shop['id']}/audit?limit=1").json()
    rest = log(person, shop, f"?limit=1&cursor={first['next_cursor']}")
    assert (first["data"], rest) == ([change], [opening])


def test_nobody_else_sees_it(server):
    person, other = Person(server), Person(server)
    shop = opened(person)
    assert other.api("GET", f"/api/shops/{shop['id']}/audit").status_code == 404
    browser = other.browser()
    for page in ("activity", "activity.csv"):
        assert browser.get(f"/dashboard/{shop['slug']}/{page}").status_code == 404


def test_the_page_keeps_its_filters_and_gives_a_table(server):
    person = Person(server)
    shop = opened(person, "Table")
    person.api("PATCH", f"/api/shops/{shop['id']}", json={"tagline": "=1+1"})
    browser = person.browser()
    path = f"/dashboard/{shop['slug']}/activity"
    page = browser.get(f"{path}?action=settings_changed&from=2020-01-01")
    assert page.status_code == 200
    assert "Changed the settings" in page.text
    assert 'value="2020-01-01"' in page.text
    assert f"{path}.csv?action=settings_changed&amp;from=2020-01-01" in page.text
    assert browser.get(f"{path}?from=yesterday").status_code == 422
    table = browser.get(f"{path}.csv?action=settings_changed")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["settings_changed"]
    assert rows[0]["actor_name"] == "Amina"


def test_the_command_names_what_was_changed(server):
    person = Person(server)
    shop = opened(person, "Chain")
    for tagline in ("one", "two"):
        person.api("PATCH", f"/api/shops/{shop['id']}", json={"tagline": tagline})
    seal(server)
    whole = verify(server, "--shop", shop["slug"])
    assert whole.returncode == 0, whole.stderr
    assert f"{shop['slug']} 3 " in whole.stdout
    entry = log(person, shop)[1]
    assert entry["sequence"] == 2
    server.sql(
        "SET session_replication_role = replica;"
        f"UPDATE app.audit_log SET after = '{{}}' WHERE id = '{entry['id']}'"
    )
    changed = verify(server)
    assert changed.returncode == UNSOUND
    expected = f"{shop['slug']}: sequence 2, entry {entry['id']}: changed after it was sealed"
    assert expected in changed.stderr
    assert verify(server, "--shop", "no-such-shop").returncode == USAGE
