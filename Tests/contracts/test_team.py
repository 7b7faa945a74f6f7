"""A shop that several people and programs run: invitations, roles, a new owner, keys."""

import concurrent.futures
import datetime
import hashlib
import hmac
import time
import uuid

import pyotp
import pytest
import requests
from martlets import MARTLET, Martlet, copy, run, until
from people import Browser, Person
from post import PlainController, PostOffice, link_in


@pytest.fixture(scope="module")
def post():
    controller = PlainController(PostOffice())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture(scope="module")
def server(prepared, session_folders, post):
    settings = {
        "MARTLET_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
        "MARTLET_MAIL_FROM": "Martlet <post@shops.example>",
        "MARTLET_WEB_PROCESSES": "2", "MARTLET_API_RATE": "1000000",
    }  # fmt: skip
    with Martlet(copy(prepared, session_folders.new()), settings, MARTLET) as server:
        yield server


@pytest.fixture
def place(server, post):
    return Place(server, post)


class Place:
    """A shop of its own, with an owner whose address is verified."""

    def __init__(self, server, post):
        self.server, self.post = server, post
        self.owner = self.person("Olga")
        opened = self.owner.api(
            "POST", "/api/shops", json={"name": "Tea", "country": "KE", "currency": "KES"}
        )
        assert opened.status_code == 201, opened.text
        self.id, self.slug = opened.json()["id"], opened.json()["slug"]
        self.path = f"/api/shops/{self.id}"

    def person(self, name="Amina"):
        person = Person(self.server, name=name)
        verify(self.server, person)
        return person

    def invite(self, email, role, by=None):
        return (by or self.owner).api(
            "POST", f"{self.path}/invitations", json={"email": email, "role": role}
        )

    def mails(self, email, path):
        return [mail for mail in self.post.handler.mails[email] if path in text(mail)]

    def token(self, email):
        mail = until(lambda: self.mails(email, "/invitation/"), f"an invitation to {email}")[-1]
        return link_in(mail, "/invitation/").rpartition("/")[2]

    def member(self, role, name="Amina"):
        person = self.person(name)
        assert self.invite(person.email, role).status_code == 202
        answer = accept(person, self.token(person.email))
        assert answer.status_code == 200, answer.text
        return person

    def hired(self, role):
        """As `member`, by hand."""
        person = self.person()
        self.server.sql(
            "INSERT INTO app.shop_roles (shop_id, account_id, role, since)"
            f" VALUES ('{self.id}', '{person.id}', '{role}', now())"
        )
        return person

    def team(self):
        rows = self.owner.api("GET", f"{self.path}/roles").json()["data"]
        return {row["account_id"]: row["role"] for row in rows}

    def key(self, scopes, by=None, **more):
        form = {"name": "Robot", "scopes": scopes, "mode": "test", **more}
        return (by or self.owner).api("POST", f"{self.path}/api-keys", json=form)

    def subjects(self, person):
        return [mail["Subject"] for mail in self.post.handler.mails[person.email]]


def text(mail):
    return mail.get_body(("plain",)).get_content()


def verify(server, person):
    server.sql(
        f"UPDATE app.accounts SET email_verified_at = now() WHERE account_id = '{person.id}'"
    )


def accept(person, token):
    return person.api("POST", "/api/invitations/accept", json={"token": token})


def guard(person):
    """Turns the second factor on."""
    app = pyotp.parse_uri(person.api("POST", "/api/me/totp").json()["uri"])
    answer = person.api("POST", "/api/me/totp/confirm", json={"code": app.now()})
    assert answer.status_code == 200, answer.text


# Invitations


def test_an_invitation_leads_into_the_team(place):
    guest = place.person("Gita")
    answer = place.invite(guest.email.upper(), "support")
    assert answer.status_code == 202 and answer.content == b""
    [open_one] = place.owner.api("GET", f"{place.path}/invitations").json()["data"]
    assert open_one["email"] == guest.email.upper() and open_one["role"] == "support"
    accepted = accept(guest, place.token(guest.email.upper()))
    assert accepted.json() == {"shop": place.id, "slug": place.slug, "role": "support"}
    assert place.team()[guest.id] == "support"
    assert place.owner.api("GET", f"{place.path}/invitations").json()["data"] == []
    until(lambda: "You work in Tea now" in str(place.subjects(guest)).replace("\u2068", "").replace(
        "\u2069", ""), "word to the guest")  # fmt: skip
    until(lambda: any("Gita" in one for one in place.subjects(place.owner)), "word to the inviter")


def test_an_invitation_accepted_fifty_times_at_once_makes_one_role(place):
    guest = place.person()
    place.invite(guest.email, "finance")
    token = place.token(guest.email)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: accept(guest, token), range(50)))
    assert sorted(one.status_code for one in answers) == [200] + [410] * 49
    assert list(place.team().values()).count("finance") == 1


def test_an_invitation_is_for_its_address_alone_and_that_must_be_verified(place):
    guest, other = Person(place.server), place.person()
    place.invite(guest.email, "support")
    token = place.token(guest.email)
    for person in (other, guest):
        answer = accept(person, token)
        assert answer.status_code == 403 and answer.json()["code"] == "invitation_for_another"
    verify(place.server, guest)
    assert accept(guest, token).status_code == 200


def test_an_invitation_ends_when_it_is_withdrawn_or_a_week_old_or_sent_anew(place):
    guest = place.person()
    place.invite(guest.email, "support")
    token = place.token(guest.email)
    [row] = place.owner.api("GET", f"{place.path}/invitations").json()["data"]
    path = f"{place.path}/invitations/{row['id']}"
    assert place.owner.api("DELETE", path).status_code == 204
    assert place.owner.api("DELETE", path).status_code == 404
    assert accept(guest, token).json()["code"] == "invitation_over"

    place.invite(guest.email, "support")
    until(lambda: len(place.mails(guest.email, "/invitation/")) == 2, "a second mail")
    old = place.token(guest.email)
    place.invite(guest.email, "finance")
    until(lambda: len(place.mails(guest.email, "/invitation/")) == 3, "a third mail")
    assert accept(guest, old).status_code == 410
    place.server.sql(
        f"UPDATE app.shop_invitations SET expires_at = now() WHERE shop_id = '{place.id}'"
    )
    assert accept(guest, place.token(guest.email)).status_code == 410
    assert guest.id not in place.team()


def test_who_is_not_verified_invites_nobody(place):
    place.server.sql(
        f"UPDATE app.accounts SET email_verified_at = NULL WHERE account_id = '{place.owner.id}'"
    )
    answer = place.invite("anybody@example.com", "support")
    assert answer.status_code == 403 and answer.json()["code"] == "email_not_verified"


def test_the_answer_to_an_invitation_does_not_tell_who_is_known(place):
    known = place.person()
    answers = [place.invite(email, "support") for email in (known.email, f"{uuid.uuid4()}@a.ke")]
    first, second = ((one.status_code, one.content) for one in answers)
    assert first == second == (202, b"")


def test_a_newcomer_signs_up_from_the_link_and_comes_back(place):
    email = f"{uuid.uuid4()}@example.com"
    place.invite(email, "support")
    path = f"/invitation/{place.token(email)}"
    browser = Browser(place.server)
    page = browser.get(path).text
    assert f'href="/sign-up?return_to={path}"' in page and "Tea" in page and "Olga" in page
    done = browser.submit(
        "/sign-up", email=email, password="plenty of sparrows", accept_terms="1.0", return_to=path
    )
    assert done.status_code == 303 and done.headers["Location"] == path
    assert "Accept the invitation" not in browser.get(path).text
    place.server.sql(f"UPDATE app.accounts SET email_verified_at = now() WHERE email = '{email}'")
    assert "Accept the invitation" in browser.get(path).text
    taken = browser.submit(path)
    assert taken.headers["Location"] == f"/dashboard/{place.slug}"
    assert browser.get(path).status_code == 410


# Roles


def test_a_revoked_role_is_refused_at_the_next_request_on_every_process(place):
    member = place.member("finance")
    browser = member.browser()
    assert member.api("GET", f"{place.path}/roles").status_code == 200
    assert browser.get(f"/dashboard/{place.slug}/team").status_code == 200
    assert place.owner.api("DELETE", f"{place.path}/roles/{member.id}").status_code == 204
    # Connections of their own, so that both processes are asked.
    for _ in range(40):
        assert member.api("GET", f"{place.path}/roles").status_code == 404
        assert browser.get(f"/dashboard/{place.slug}/team").status_code == 404
        browser.session.close()
    until(lambda: any("no longer work" in one for one in place.subjects(member)), "a word of it")


def test_nobody_makes_or_unmakes_their_equal_or_better(place):
    manager, other, finance = (place.hired(role) for role in ("manager", "manager", "finance"))
    change = lambda by, whom, role: by.api(  # noqa: E731
        "PATCH", f"{place.path}/roles/{whom.id}", json={"role": role}
    ).status_code
    assert change(manager, finance, "support") == 204
    assert change(manager, finance, "manager") == 403
    assert change(manager, finance, "developer") == 403
    assert change(manager, other, "finance") == 403
    assert change(manager, place.owner, "finance") == 403
    assert change(finance, manager, "finance") == 403
    assert change(place.owner, manager, "owner") == 403
    assert change(place.owner, place.owner, "manager") == 403
    for whom in (place.owner, other):
        assert manager.api("DELETE", f"{place.path}/roles/{whom.id}").status_code == 403
    assert place.invite("a@example.com", "manager", by=manager).status_code == 403
    assert place.invite("a@example.com", "owner").status_code == 403
    assert change(place.owner, other, "developer") == 204
    assert place.team() == {
        place.owner.id: "owner", manager.id: "manager", other.id: "developer",
        finance.id: "support",
    }  # fmt: skip


def test_a_team_stays_within_its_limits_whoever_comes_at_once(place):
    guests = [place.person() for _ in range(8)]
    tokens = []
    for guest in guests:
        assert place.invite(guest.email, "support").status_code == 202
        tokens.append(place.token(guest.email))
    place.server.sql(f"UPDATE app.shop_invitations SET role = 'manager' WHERE shop_id = '{place.id}'")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(accept, guests, tokens))
    assert sorted(one.status_code for one in answers) == [200] * 5 + [409] * 3
    refused = next(one for one in answers if one.status_code == 409)
    assert refused.json()["code"] == "managers_full"
    answer = place.invite("one.more@example.com", "manager")
    assert answer.status_code == 409 and "another role" in answer.json()["detail"]


def test_one_leaves_by_oneself_but_for_the_owner(place):
    member = place.hired("support")
    assert member.api("POST", f"{place.path}/leave").status_code == 204
    assert member.api("GET", place.path).status_code == 404
    answer = place.owner.api("POST", f"{place.path}/leave")
    assert answer.status_code == 409 and answer.json()["code"] == "owner_stays"


def test_what_somebody_offered_ends_with_their_role(place):
    manager, guest = place.hired("manager"), place.person()
    assert place.invite(guest.email, "support", by=manager).status_code == 202
    token = place.token(guest.email)
    place.owner.api("DELETE", f"{place.path}/roles/{manager.id}")
    assert accept(guest, token).status_code == 410


# Another owner


def in_days(days):
    time_then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    return time_then.strftime("%Y-%m-%dT%H:%M:%SZ")


def complete(server, days):
    done = run("job", "run", "shops.complete_transfers", "--at", in_days(days), "--data", server.data)
    assert done.returncode == 0, done.stderr


def test_a_shop_changes_hands_three_days_after_both_have_agreed(place):
    manager = place.member("manager", "Mina")
    path, form = f"{place.path}/transfer", {"account": manager.id}
    assert place.owner.api("POST", path, json=form).json()["code"] == "second_factor_required"
    guard(place.owner)
    assert place.owner.api("POST", path, json=form).status_code == 202
    assert place.owner.api("POST", path, json=form).json()["code"] == "transfer_under_way"
    assert manager.api("POST", f"{path}/accept").json()["code"] == "second_factor_required"
    guard(manager)
    assert place.owner.api("POST", f"{path}/accept").json()["code"] == "no_transfer"
    assert manager.api("POST", f"{path}/accept").json()["due_at"]
    complete(place.server, 2.9)
    assert place.team()[place.owner.id] == "owner"
    complete(place.server, 3.1)
    assert place.team() == {place.owner.id: "manager", manager.id: "owner"}
    for person in (place.owner, manager):
        words = ("is to have", "will have", "has another owner")
        until(
            lambda: all(any(word in one for one in place.subjects(person)) for word in words),  # noqa: B023
            "every word of it",
        )


def test_nobody_gets_a_shop_beyond_their_plan(place, server, post):
    other = Place(server, post)
    server.sql(
        "INSERT INTO app.shop_roles (shop_id, account_id, role, since)"
        f" VALUES ('{place.id}', '{other.owner.id}', 'manager', now())"
    )
    for person in (place.owner, other.owner):
        guard(person)
    path = f"{place.path}/transfer"
    assert place.owner.api("POST", path, json={"account": other.owner.id}).status_code == 202
    answer = other.owner.api("POST", f"{path}/accept")
    assert answer.status_code == 422 and answer.json()["code"] == "shop_allowance_used_up"


@pytest.mark.parametrize("who", ["owner", "manager"])
def test_either_cancels_a_hand_over_until_then(place, who):
    manager = place.hired("manager")
    people = {"owner": place.owner, "manager": manager}
    for person in people.values():
        guard(person)
    path = f"{place.path}/transfer"
    place.owner.api("POST", path, json={"account": manager.id})
    manager.api("POST", f"{path}/accept")
    assert place.hired("support").api("DELETE", path).status_code == 404
    assert people[who].api("DELETE", path).status_code == 204
    complete(place.server, 4)
    assert place.team()[place.owner.id] == "owner"


def test_a_shop_goes_to_nobody_who_is_no_longer_a_manager(place):
    manager = place.hired("manager")
    for person in (place.owner, manager):
        guard(person)
    path = f"{place.path}/transfer"
    place.owner.api("POST", path, json={"account": manager.id})
    manager.api("POST", f"{path}/accept")
    change = {"role": "support"}
    assert place.owner.api("PATCH", f"{place.path}/roles/{manager.id}", json=change).ok
    complete(place.server, 4)
    assert place.team() == {place.owner.id: "owner", manager.id: "support"}


# Keys


def by_key(place, key, method, path, body=b"", signed=None, **headers):
    fields = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **headers}
    if signed is not None:
        stamp = str(int(time.time() + signed))
        digest = hashlib.sha256(body).hexdigest()
        message = f"{stamp}.{method}.{path}.{digest}".encode()
        fields["Martlet-Timestamp"] = stamp
        fields["Martlet-Signature"] = hmac.new(key.encode(), message, "sha256").hexdigest()
    return requests.request(method, place.server.url + path, data=body or None, headers=fields)


def test_a_key_works_in_its_shop_within_its_scopes(place, server, post):
    made = place.key(["shop:read", "roles:read"])
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    assert key.startswith("mk_test_") and not made.json()["signs_requests"]
    assert by_key(place, key, "GET", place.path).status_code == 200
    assert by_key(place, key, "GET", f"/api/shops/{place.slug}/roles").status_code == 200
    assert by_key(place, key, "GET", f"{place.path}/api-keys").status_code == 403
    assert by_key(place, key, "POST", f"{place.path}/leave").status_code == 403
    assert by_key(place, key, "GET", Place(server, post).path).status_code == 404
    assert by_key(place, key, "GET", f"/api/shops/{uuid.uuid4()}").status_code == 404
    assert by_key(place, key, "GET", "/api/me").status_code == 401
    assert by_key(place, key + "x", "GET", place.path).status_code == 401
    [listed] = place.owner.api("GET", f"{place.path}/api-keys").json()["data"]
    assert listed["last_used_at"] and key.startswith(listed["prefix"]) and "key" not in listed
    assert key not in server.sql(f"SELECT k::text FROM app.shop_api_keys AS k WHERE shop_id = '{place.id}'")
    removed = place.owner.api("DELETE", f"{place.path}/api-keys/{listed['id']}")
    assert removed.status_code == 204
    assert by_key(place, key, "GET", place.path).status_code == 401


def test_a_key_is_over_when_it_says_so_and_not_before(place):
    assert place.key(["shop:read"], expires_at=in_days(-1)).json()["code"] == "expiry_is_past"
    key = place.key(["shop:read"], expires_at=in_days(1)).json()["key"]
    assert by_key(place, key, "GET", place.path).status_code == 200
    place.server.sql(f"UPDATE app.shop_api_keys SET expires_at = now() WHERE shop_id = '{place.id}'")
    assert by_key(place, key, "GET", place.path).status_code == 401


def test_nobody_makes_a_key_that_may_do_more_than_they(place):
    developer = place.hired("developer")
    assert place.key(["catalog:write"], by=developer).status_code == 201
    assert place.key(["roles:write"], by=developer).status_code == 403
    assert place.key(["shop:transfer"]).status_code == 422
    strong = place.key(["roles:write", "orders:write"]).json()
    guard(developer)
    rotate = f"{place.path}/api-keys/{strong['id']}/rotate"
    assert developer.api("POST", rotate).status_code == 403


def test_a_rotated_key_has_a_day_of_both_secrets(place):
    made = place.key(["shop:read"]).json()
    path = f"{place.path}/api-keys/{made['id']}/rotate"
    assert place.owner.api("POST", path).json()["code"] == "second_factor_required"
    guard(place.owner)
    new = place.owner.api("POST", path).json()["key"]
    for key in (made["key"], new):
        assert by_key(place, key, "GET", place.path).status_code == 200
    place.server.sql("UPDATE app.shop_api_keys SET previous_until = now() WHERE previous_hash IS NOT NULL")
    assert by_key(place, made["key"], "GET", place.path).status_code == 401
    assert by_key(place, new, "GET", place.path).status_code == 200


def test_a_key_that_leads_to_more_rights_signs_each_request_once(place):
    made = place.key(["shop:read", "keys:write"]).json()
    key, path = made["key"], f"{place.path}/api-keys"
    assert made["signs_requests"]
    body = b'{"name":"Child","scopes":["shop:read"],"mode":"live"}'

    def code(*arguments, **more):
        return by_key(place, key, *arguments, **more).json().get("code")

    assert code("GET", place.path) == "signature_needed"
    assert code("POST", path, body, signed=-301) == "signature_old"
    assert code("POST", path, body, signed=302) == "signature_old"
    first = by_key(place, key, "POST", path, body, signed=0)
    assert first.status_code == 201 and first.json()["key"].startswith("mk_live_")
    again = {name: first.request.headers[name] for name in ("Martlet-Timestamp", "Martlet-Signature")}
    assert code("POST", path, body, **again) == "signature_used"
    assert code("POST", path, body + b" ", **again) == "signature_wrong"
    assert code("POST", f"{path}?a=1", body, **again) == "signature_wrong"
    assert code("GET", path, **again) == "signature_wrong"
    more = b'{"name":"Child","scopes":["orders:read"],"mode":"live"}'
    assert code("POST", path, more, signed=1) == "not_allowed"


# The page


def test_the_team_page_does_without_scripts_what_the_api_does(place):
    browser = place.owner.browser()
    path, guest = f"/dashboard/{place.slug}/team", place.person("Gita")
    refused = browser.submit(f"{path}/invite", email="nobody", role="support")
    assert refused.status_code == 422 and 'value="nobody"' in refused.text
    assert browser.submit(f"{path}/invite", email=guest.email, role="support").status_code == 303
    assert guest.email in browser.get(path).text
    accept(guest, place.token(guest.email))
    changed = browser.submit(f"{path}/role", account=guest.id, role="finance")
    assert changed.status_code == 303 and place.team()[guest.id] == "finance"
    theirs = guest.browser()
    assert "Leave the team" in theirs.get(path).text
    assert "Send the invitation" not in theirs.get(path).text
    assert theirs.submit(f"{path}/invite", email="a@b.ke", role="support").status_code == 403
    assert theirs.submit(f"{path}/leave").headers["Location"] == "/dashboard"
    assert theirs.get(path).status_code == 404
