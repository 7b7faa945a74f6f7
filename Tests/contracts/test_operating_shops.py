"""Shops as the platform's people run them: reports, suspension, appeals, the end."""

import uuid

import pytest
import requests
from martlets import Martlet, copy
from people import Browser, Person, hidden_fields, make_operator


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    settings = {"MARTLET_WEB_PROCESSES": "1", "MARTLET_API_RATE": "1000000"}
    with Martlet(copy(prepared, session_folders.new()), settings) as server:
        yield server


@pytest.fixture(scope="module")
def operator(server):
    return make_operator(server, Person(server, name="Olu"))


@pytest.fixture
def owner(server):
    return Person(server)


@pytest.fixture
def shop(owner):
    form = {"name": f"Nest {uuid.uuid4().hex[:8]}", "country": "KE", "currency": "KES"}
    answer = owner.api("POST", "/api/shops", json=form)
    assert answer.status_code == 201, answer.text
    return answer.json()


def bootstrap(server, shop):
    return requests.get(f"{server.url}/api/storefront/bootstrap?shop={shop['slug']}")


def move(operator, shop, step, **form):
    form = {"reason": "Counterfeits were reported.", **form}
    return operator.api("POST", f"/api/admin/shops/{shop['id']}/{step}", json=form)


def home(owner, shop):
    return owner.browser().get(f"/dashboard/{shop['slug']}").text


def on_its_host(server, shop, method, path, **more):
    """As a browser that has resolved the shop's own name."""
    host = shop["storefront_url"].split("://")[1]
    headers = {"Host": host, "Accept": "text/html", "Accept-Language": "en"}
    return requests.request(
        method, f"{server.url}{path}", headers=headers, allow_redirects=False, **more
    )


def test_a_suspended_shop_is_closed_to_visitors_until_it_is_restored(
    server, operator, owner, shop
):
    assert on_its_host(server, shop, "GET", "/").status_code == 200
    moved = move(operator, shop, "suspend", appeal="Write within 14 days.")
    assert (moved.status_code, moved.json()["state"]) == (200, "suspended")
    refused = bootstrap(server, shop)
    assert (refused.status_code, refused.json()["code"]) == (503, "shop_suspended")
    page = on_its_host(server, shop, "GET", "/")
    assert page.status_code == 503
    assert "Counterfeits" not in page.text

    # A second click does nothing, and is stored as nothing.
    assert move(operator, shop, "suspend").status_code == 200
    known = operator.api("GET", f"/api/admin/shops/{shop['id']}").json()
    assert [step["to"] for step in known["transitions"]] == ["suspended", "active"]
    assert known["transitions"][0]["actor_id"] == operator.id

    assert "suspended" in home(owner, shop)
    page = owner.browser().get(f"/dashboard/{shop['slug']}/appeal").text
    assert "Counterfeits were reported." in page
    assert "Write within 14 days." in page

    assert move(operator, shop, "restore").json()["state"] == "active"
    assert bootstrap(server, shop).status_code == 200


def test_those_who_run_a_shop_appeal_once_and_read_the_answer(server, operator, owner, shop):
    path = f"/dashboard/{shop['slug']}/appeal"
    early = owner.api("POST", f"/api/shops/{shop['id']}/appeals", json={"words": "Why?"})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_appeal")
    move(operator, shop, "suspend")
    browser = owner.browser()
    assert browser.submit(path, words="They are my own.\nI can show it.").status_code == 303
    again = owner.api("POST", f"/api/shops/{shop['id']}/appeals", json={"words": "And?"})
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")
    known = operator.api("GET", f"/api/admin/shops/{shop['id']}").json()
    assert [appeal["words"] for appeal in known["appeals"]] == ["They are my own.\nI can show it."]
    answered = operator.api(
        "POST", f"/api/admin/shops/{shop['id']}/answer-appeal", json={"answer": "Show it then."}
    )
    assert answered.status_code == 204
    assert "Show it then." in browser.get(path).text
    assert browser.submit(path, words="Here it is.").status_code == 303
    move(operator, shop, "restore", reason="You have shown it.")
    assert "You have shown it." in browser.get(path).text


def test_a_terminated_shop_does_not_come_back(server, operator, owner, shop):
    assert move(operator, shop, "terminate").json()["state"] == "terminated"
    refused = bootstrap(server, shop)
    assert (refused.status_code, refused.json()["code"]) == (410, "shop_closed")
    assert on_its_host(server, shop, "GET", "/").status_code == 410
    for step in ["suspend", "restore", "reopen"]:
        refused = move(operator, shop, step)
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    refused = owner.api("POST", f"/api/shops/{shop['id']}/close", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


def test_an_owner_closes_their_shop_and_only_the_platform_opens_it_again(
    server, operator, owner, shop
):
    closed = owner.api("POST", f"/api/shops/{shop['id']}/close", json={"reason": "Enough."})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert bootstrap(server, shop).status_code == 410
    known = operator.api("GET", f"/api/admin/shops/{shop['id']}").json()
    assert known["transitions"][0]["reason"] == "Enough."
    assert known["transitions"][0]["actor_id"] == owner.id
    assert move(operator, shop, "restore").status_code == 409
    assert move(operator, shop, "reopen").json()["state"] == "active"


def test_closing_asks_for_the_password_once_more(server, owner, shop):
    browser = owner.browser()
    server.sql(
        "UPDATE app.account_sessions SET confirmed_at = now() - interval '1 hour'"
        f" WHERE account_id = '{owner.id}'"
    )
    refused = owner.api("POST", f"/api/shops/{shop['id']}/close", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "confirmation_needed")
    page = browser.get(f"/dashboard/{shop['slug']}/close")
    assert page.status_code == 303
    assert page.headers["Location"].startswith("/confirm")


def test_suspending_asks_for_the_password_once_more(server, operator, shop):
    server.sql(
        "UPDATE app.account_sessions SET confirmed_at = confirmed_at - interval '1 hour'"
        f" WHERE account_id = '{operator.id}'"
    )
    try:
        refused = move(operator, shop, "suspend")
        assert (refused.status_code, refused.json()["code"]) == (403, "confirmation_needed")
    finally:
        server.sql(
            "UPDATE app.account_sessions SET confirmed_at = confirmed_at + interval '1 hour'"
            f" WHERE account_id = '{operator.id}'"
        )


def test_a_report_reaches_the_queue_and_is_decided_once(server, operator, owner, shop):
    form = {"ground": "counterfeit", "about": "The red bag", "details": "It is not theirs."}
    wrong = on_its_host(server, shop, "POST", "/report", data={**form, "details": ""})
    assert wrong.status_code == 422
    assert "The red bag" in wrong.text
    sent = on_its_host(server, shop, "POST", "/report", data={**form, "email": "b@example.com"})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/report/thanks")
    assert on_its_host(server, shop, "GET", "/report/thanks").status_code == 200
    link = 'href="/report"'
    assert link in on_its_host(server, shop, "GET", "/").text

    queue = operator.api("GET", "/api/admin/reports").json()["data"]
    report = next(report for report in queue if report["shop_id"] == shop["id"])
    assert {name: report[name] for name in form} == form
    assert (report["email"], report["decision"]) == ("b@example.com", None)
    # The shop does not read it.
    assert owner.api("GET", f"/api/admin/reports/{report['id']}").status_code == 403

    decision = {"decision": "suspend", "reason": "It is so.", "appeal": "Write us."}
    path = f"/api/admin/reports/{report['id']}/decision"
    decided = operator.api("POST", path, json=decision)
    assert (decided.status_code, decided.json()["decision"]) == (200, "suspend")
    assert bootstrap(server, shop).status_code == 503
    again = operator.api("POST", path, json={**decision, "decision": "dismiss"})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    closed = operator.api("GET", "/api/admin/reports?state=closed").json()["data"]
    assert report["id"] in [report["id"] for report in closed]
    # Somebody can report a suspended shop, too.
    assert on_its_host(server, shop, "GET", "/report").status_code == 200


def test_a_report_can_be_sent_from_the_platforms_own_host(server, operator, shop):
    browser = Browser(server)
    assert 'name="shop"' in browser.get("/report").text
    path = f"/report?shop={shop['slug']}"
    assert browser.get(path).status_code == 200
    form = {"ground": "fraud", "about": "All of it", "details": "Beware."}
    assert browser.submit(path, **form).headers["Location"] == (
        f"/report/thanks?shop={shop['slug']}"
    )
    assert browser.get(f"/report?shop={uuid.uuid4().hex[:12]}").status_code == 404


def test_reports_are_counted_by_address(server, shop):
    form = {"ground": "other", "about": "It", "details": "Is."}
    path = f"{server.url}/api/storefront/reports?shop={shop['slug']}"
    statuses = {requests.post(path, json=form).status_code for _ in range(12)}
    assert 429 in statuses
    server.sql("DELETE FROM app.attempts")


def test_shops_are_found_by_name_address_owner_and_state(server, operator, owner, shop):
    def found(**query):
        answer = operator.api("GET", "/api/admin/shops", params=query)
        assert answer.status_code == 200, answer.text
        return [shop["id"] for shop in answer.json()["data"]]

    name = shop["name"]
    for words in [name, name.upper(), shop["slug"], owner.email, shop["id"]]:
        assert found(search=words) == [shop["id"]], words
    assert found(search=name, state="suspended") == []
    move(operator, shop, "suspend")
    assert found(search=name, state="suspended") == [shop["id"]]
    # What looks like a pattern is not one.
    assert found(search="%") == []
    assert operator.api("GET", "/api/admin/shops?state=open").status_code == 422


def test_every_shop_is_listed_once_over_the_pages(server, operator, owner, shop):
    owner_of_another = Person(server)
    owner_of_another.api(
        "POST", "/api/shops", json={"name": "Other", "country": "KE", "currency": "KES"}
    )
    seen, cursor = [], None
    while True:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = operator.api("GET", "/api/admin/shops", params=query).json()
        seen += [shop["id"] for shop in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == int(server.sql("SELECT count(*) FROM app.shops"))


def test_an_override_gives_an_account_room_until_its_end(server, operator, owner, shop):
    form = {"name": "Second", "country": "KE", "currency": "KES"}
    assert owner.api("POST", "/api/shops", json=form).status_code == 422
    path = f"/api/admin/accounts/{owner.id}/plan"
    override = {"plan": "growth", "max_shops": 2, "reason": "A friend.", "last_day": "2999-12-31"}
    assert operator.api("PUT", path, json=override).status_code == 204
    assert owner.api("POST", "/api/shops", json=form).status_code == 201
    assert owner.api("POST", "/api/shops", json=form).status_code == 422
    assert operator.api("PUT", path, json={**override, "plan": "none"}).status_code == 422
    assert operator.api("PUT", path, json={**override, "reason": ""}).status_code == 422
    over = {**override, "max_shops": 9, "last_day": "2020-01-01"}
    assert operator.api("PUT", path, json=over).status_code == 204
    assert owner.api("POST", "/api/shops", json=form).status_code == 422
    assert operator.api("DELETE", path).status_code == 204
    assert operator.api("DELETE", path).status_code == 404
    nobody = f"/api/admin/accounts/{uuid.uuid4()}/plan"
    assert operator.api("PUT", nobody, json=override).status_code == 404


def test_the_console_works_without_a_script(server, operator, owner, shop):
    browser = Browser(server)
    signed_in = browser.submit("/sign-in", email=operator.email, password=operator.password)
    code_page = signed_in.headers["Location"]
    form = {**hidden_fields(browser.get(code_page).text), "code": operator.recovery_codes[0]}
    assert browser.submit(code_page.split("?")[0], **form).status_code == 303
    assert shop["name"] in browser.get("/console/shops", params={"search": shop["name"]}).text
    path = f"/console/shops/{shop['id']}"
    assert owner.email in browser.get(path).text
    form = browser.get(f"{path}/suspend")
    assert form.status_code == 200
    assert browser.submit(f"{path}/suspend", reason="").status_code == 422
    assert browser.submit(f"{path}/suspend", reason="Spam.").status_code == 303
    page = browser.get(path).text
    assert "Spam." in page
    assert f'href="{path}/restore"' in page
    assert f'href="{path}/suspend"' not in page
