"""The sandbox's mailbox against clients that others wrote: Python's smtplib and swaks."""

import json
import smtplib
import socket
import subprocess
import urllib.error
import urllib.request
from email.message import EmailMessage

import pytest
from martlets import MARTLET, begin, run
from serving import end, two_free_ports


@pytest.fixture(scope="module")
def sandbox():
    for _ in range(10):
        port = two_free_ports()
        process = begin("sandbox", "--port", port)
        if process.stdout.readline() == f"ready sandbox http://localhost:{port}\n":
            break
        process.wait()
    yield Sandbox(port)
    end(process)
    assert process.returncode == 0


class Sandbox:
    def __init__(self, port):
        self.port, self.smtp_port = port, port + 1

    def ask(self, path, method="GET", body=None, host=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **({"Host": host} if host else {})},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    def json(self, path, **more):
        return json.loads(self.ask(path, **more)[1])

    def client(self):
        return smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30)

    def mails(self, to):
        return self.json(f"/mail/messages?to={to}")["data"]

    def mail(self, to):
        (one,) = self.mails(to)
        return self.json(f"/mail/messages/{one['id']}")


@pytest.fixture(autouse=True)
def empty(sandbox):
    assert sandbox.ask("/mail/messages", method="DELETE")[0] == 204
    sandbox.ask("/mail/behaviour", method="PUT", body={})


def letter(to="ada@example.org", subject="Grüße سلام", **more):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ödön <shop@example.com>", to, subject
    mail.set_content(more.get("text", "Hello Ådå\n.\n..two\nhttps://example.com/x?a=1&b=2\n"))
    mail.add_alternative(
        more.get("html", '<head></head><p>Hello</p><a href="https://example.com/y">y</a>'), subtype="html"
    )
    return mail


def test_smtplib_delivers_what_the_mailbox_then_shows(sandbox):
    with sandbox.client() as client:
        client.ehlo()
        assert client.esmtp_features.keys() >= {"size", "8bitmime", "pipelining", "auth"}
        assert client.login("anybody", "anything")[0] == 235
        mail = letter()
        mail.add_attachment(b"\x00\x01\x02", maintype="application", subtype="pdf", filename="Größe.pdf")
        assert client.send_message(mail) == {}
        assert client.send_message(letter(to="bob@example.org")) == {}
    mail = sandbox.mail("ADA@example.org")
    assert mail["subject"] == "Grüße سلام"
    assert mail["recipients"] == ["ada@example.org"] and mail["sender"] == "shop@example.com"
    assert mail["text"].replace("\r\n", "\n") == "Hello Ådå\n.\n..two\nhttps://example.com/x?a=1&b=2\n"
    assert "<p>Hello</p>" in mail["html"]
    assert mail["links"] == ["https://example.com/x?a=1&b=2", "https://example.com/y"]
    assert mail["attachments"] == [{"name": "Größe.pdf", "type": "application/pdf", "bytes": 3}]
    assert {"name": "From", "value": "Ödön <shop@example.com>"} in mail["headers"]
    newest_first = [one["recipients"] for one in sandbox.json("/mail/messages")["data"]]
    assert newest_first == [["bob@example.org"], ["ada@example.org"]]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_swaks_delivers_too(sandbox, mechanism):
    done = subprocess.run(
        ["swaks", "--server", "127.0.0.1", "--port", str(sandbox.smtp_port), "--pipeline", "--to",
         "ada@example.org", "--from", "shop@example.com", "--auth", mechanism, "--auth-user", "a",
         "--auth-password", "b", "--body", "Hi\n.dot", "--h-Subject", "From swaks"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    mail = sandbox.mail("ada@example.org")
    assert mail["subject"] == "From swaks" and ".dot" in mail["text"]


def test_our_own_client_delivers_too(sandbox, net_probe):
    work = {
        "port": sandbox.smtp_port, "encryption": "whereOffered",
        "messages": [{"from": {"address": "shop@example.com", "name": "Söhne"},
                      "to": [{"address": "ada@example.org"}], "subject": "سلام", "text": ".\r\nسلام\r\n",
                      "html": "<p>سلام</p>\r\n", "sentAt": 1_750_000_000, "id": "m-1"}],
    }  # fmt: skip
    assert net_probe("mail", work) == ["accepted"]
    mail = sandbox.mail("ada@example.org")
    assert (mail["subject"], mail["text"], mail["html"]) == ("سلام", ".\r\nسلام\r\n", "<p>سلام</p>\r\n")


def test_misbehaves_as_it_is_told(sandbox):
    told = {"fail_next": 2, "code": 550, "drop_next": 1}
    assert sandbox.json("/mail/behaviour", method="PUT", body=told) == told
    for _ in range(2):
        with sandbox.client() as client, pytest.raises(smtplib.SMTPDataError) as refusal:
            client.send_message(letter())
        assert refusal.value.smtp_code == 550
    with pytest.raises(smtplib.SMTPServerDisconnected):
        with sandbox.client() as client:
            client.send_message(letter())
    assert len(sandbox.mails("ada@example.org")) == 1
    with sandbox.client() as client:
        client.send_message(letter())
    assert len(sandbox.mails("ada@example.org")) == 2
    assert sandbox.json("/mail/behaviour") == {"fail_next": 0, "code": 550, "drop_next": 0}


@pytest.mark.parametrize("wrong", [{"fail_next": -1}, {"code": 250}, {"drop_next": "many"}])
def test_refuses_a_behaviour_that_is_none(sandbox, wrong):
    assert sandbox.ask("/mail/behaviour", method="PUT", body=wrong)[0] == 422


def test_a_mail_with_bare_line_feeds_is_refused_with_its_connection(sandbox):
    with socket.create_connection(("127.0.0.1", sandbox.smtp_port), 30) as wire:
        wire.sendall(b"EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nx\n.\nQUIT\r\n")
        said = b""
        while piece := wire.recv(4096):
            said += piece
    assert said.endswith(b"550 Lines end with CR LF\r\n")
    assert sandbox.json("/mail/messages")["data"] == []


def test_pages_show_a_mail_without_running_it(sandbox):
    hostile = '<html><head></head><body><script>alert(1)</script><img src="https://evil.example/x"></body>'
    with sandbox.client() as client:
        client.send_message(letter(subject="<b>&", text="<i>", html=hostile))
    (one,) = sandbox.mails("ada@example.org")
    status, page, headers = sandbox.ask(f"/mail/{one['id']}")
    assert status == 200 and "&lt;b&gt;&amp;" in page and "&lt;i&gt;" in page
    assert "script" not in headers["Content-Security-Policy"]
    assert f'src="/mail/{one["id"]}/html"' in page and 'sandbox="allow-popups' in page
    assert "&lt;b&gt;&amp;" in sandbox.ask("/mail")[1]
    status, html, headers = sandbox.ask(f"/mail/{one['id']}/html")
    assert status == 200 and "<script>" in html
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy and "allow-same-origin" not in policy
    for path in ("/mail/999999", "/mail/999999/html", "/mail/messages/999999", "/mail/x"):
        assert sandbox.ask(path)[0] == 404


def test_answers_on_this_machine_under_its_own_name_alone(sandbox):
    assert sandbox.ask("/mail", host="localhost")[0] == 200
    assert sandbox.ask("/mail", host="mailbox.example")[0] == 404
    others = [line.split()[1] for line in open("/proc/net/tcp").readlines()[1:] if line.split()[3] == "0A"]
    ours = {f"{sandbox.port:04X}", f"{sandbox.smtp_port:04X}"}
    assert {one.split(":")[0] for one in others if one.split(":")[1] in ours} == {"0100007F"}


def test_says_which_ports_it_cannot_have(sandbox):
    done = run("sandbox", "--port", sandbox.port, binary=MARTLET)
    assert done.returncode == 78
    assert f"the ports {sandbox.port} and {sandbox.smtp_port}" in done.stderr
