"""Mails about accounts, from the request that causes one to a real mail server, aiosmtpd."""

import asyncio
import hashlib
import json

import pytest
from martlets import MARTLET, Martlet, children, command_line, copy, kill, run, until
from post import PlainController, PostOffice, link_in
from serving import Server


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
        "MARTLET_MAIL_FROM": "Martlet & Co <post@shops.example>",
        "MARTLET_WEB_PROCESSES": "1",
    }
    with Martlet(copy(prepared, session_folders.new()), settings, MARTLET) as server:
        yield server


def register(server, address, language="en", *fields, **more):
    body = json.dumps(
        {"email": address, "password": "four quiet words", "accept_terms": "1.0", "name": "Ada"}
    )
    answer = server.ask(
        "/api/auth/register", "Content-Type: application/json", f"Accept-Language: {language}", *fields,
        method="POST", body=body.encode(), **more,
    )  # fmt: skip
    assert answer.status == 201, answer.text


def mail_to(post, address):
    mails = until(lambda: post.handler.mails[address], f"a mail to {address}")
    assert len(mails) == 1
    return mails[0]


def test_a_new_account_is_welcomed_in_its_language(server, post):
    for language, direction, subject in [
        ("en", "ltr", "Welcome to Martlet & Co"),
        ("fa", "rtl", "به \u2068Martlet & Co\u2069 خوش آمدید"),
    ]:
        address = f"ada-{language}@example.org"
        register(server, address, language)
        mail = mail_to(post, address)
        assert mail["Subject"] == subject
        assert mail["From"].addresses[0].display_name == "Martlet & Co"
        assert mail["From"].addresses[0].addr_spec == "post@shops.example"
        html = mail.get_body(("html",)).get_content()
        assert f'<html lang="{language}" dir="{direction}">' in html
        assert link_in(mail, "/verify/") in html


def test_the_link_is_kept_as_a_hash_alone(server, post):
    register(server, "hash@example.org")
    link = link_in(mail_to(post, "hash@example.org"), "/verify/")
    token = link.rpartition("/")[2]
    stored = server.sql(
        "SELECT purpose, encode(token_hash, 'hex') FROM app.account_links WHERE email = 'hash@example.org'"
    )
    assert stored == f"verify_email|{hashlib.sha256(token.encode()).hexdigest()}"
    assert token not in (server.folder / "log").read_text()


def test_links_lead_to_the_registered_host_whatever_a_request_called_us(server, post):
    forged = ["X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"]
    register(server, "host@example.org", "en", *forged, host=f"127.0.0.1:{server.port}")
    mail = mail_to(post, "host@example.org")
    assert link_in(mail, "/verify/").startswith(f"{server.url}/verify/")
    assert "evil.example" not in mail.as_string()
    assert "127.0.0.1" not in mail.get_body(("plain",)).get_content()


def test_a_server_that_says_later_gets_the_mail_later_and_once(server, post):
    post.handler.replies["later@example.org"] = ["451 4.3.0 Later", "451 4.3.0 Later"]
    register(server, "later@example.org")
    mail_to(post, "later@example.org")
    attempts = post.handler.attempts["later@example.org"]
    assert len(attempts) == 3
    until(lambda: waiting(server) == 0, "the job to end")
    assert len(post.handler.mails["later@example.org"]) == 1


def test_a_server_that_says_never_makes_a_dead_letter_that_tells_no_address(server, post):
    post.handler.replies["never@example.org"] = ["550 5.1.1 Nobody there"]
    register(server, "never@example.org")
    dead = until(lambda: dead_letters(server), "the dead letter")
    assert "accounts.mail" in dead and "reply(550)" in dead and "after 1 attempts" in dead
    assert "never@example.org" not in dead
    assert "never@example.org" not in (server.folder / "log").read_text()
    # Tried again by hand, once the mailbox is there.
    assert run("job", "retry", "accounts.mail", "--data", server.data).returncode == 0
    mail_to(post, "never@example.org")


def test_a_worker_that_is_killed_while_it_sends_does_not_lose_the_mail(server, post):
    held = asyncio.Event()
    post.handler.replies["killed@example.org"] = [held]
    register(server, "killed@example.org")
    until(lambda: post.handler.attempts["killed@example.org"], "the first attempt")
    (worker,) = (one for one in children(server.process.pid) if b"worker-process" in command_line(one))
    kill(worker)
    post.loop.call_soon_threadsafe(held.set)
    mail_to(post, "killed@example.org")
    assert len(post.handler.attempts["killed@example.org"]) == 2


def test_without_a_mail_server_mails_wait_and_doctor_tells(prepared, session_folders, post):
    data = copy(prepared, session_folders.new())
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "1"}, MARTLET) as server:
        assert doctor_on_mail(data).startswith("ok      mail: 0 wait")
        register(server, "patient@example.org")
        assert waiting(server) == 1
        told = doctor_on_mail(data)
        assert told.startswith("failed  mail: 1 wait") and "MARTLET_SMTP_URL" in told
    assert not post.handler.attempts["patient@example.org"]
    settings = {"MARTLET_SMTP_URL": f"smtp://127.0.0.1:{post.port}", "MARTLET_WEB_PROCESSES": "1"}
    with Server(MARTLET, data, settings):
        mail_to(post, "patient@example.org")


def waiting(server):
    return int(server.sql("SELECT count(*) FROM app.jobs WHERE name = 'accounts.mail' AND state <> 'dead'"))


def dead_letters(server):
    said = run("job", "dead", "--data", server.data).stdout
    return said if "accounts.mail" in said else None


def doctor_on_mail(data):
    said = run("doctor", "--data", data).stdout.splitlines()
    return next(line for line in said if " mail: " in line)
