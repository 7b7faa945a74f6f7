"""Our mails against aiosmtpd, read by Python's email package: what is parsed is what was sent."""

import base64
import email.policy
import email.utils
import random
import socket
import ssl
import subprocess
from email.header import decode_header, make_header

import pytest
from aiosmtpd.smtp import AuthResult
from post import PlainController

SEED = 20_250_615
ALPHABETS = [
    "abc XYZ 0189", "äöüß éèç ", "سلام دنیا ", "שלום ", "你好世界", "👩‍👩‍👧‍👦🎉🇩🇪 ", "e\u0301a\u0308 ",
    "=?UTF-8?B?", "\"\\,;:<>@()[]", "=_.-~%'*", "   ", "—“”…",
]  # fmt: skip


class Mailbox:
    """Keeps what came; answers as the test says."""

    def __init__(self):
        self.mails, self.replies = [], {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope, session))
        if self.replies.get("DATA") == "drop":
            server.transport.abort()
            return "250 never heard"
        return self.replies.get("DATA", "250 OK")


@pytest.fixture
def serve():
    controllers = []

    def start(mailbox=None, **options):
        controller = PlainController(mailbox or Mailbox(), **options)
        controller.start()
        controllers.append(controller)
        return controller

    yield start
    for controller in controllers:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
         certificate, "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return certificate, context


def job(port, *messages, **more):
    return {"port": port, "encryption": "whereOffered", "messages": list(messages), **more}


def message(**more):
    return {
        "from": {"address": "shop@example.com", "name": "Shop"}, "to": [{"address": "ada@example.org"}],
        "subject": "Hello", "text": "Hello.\r\n", "sentAt": 1_750_000_000, "id": "m-1", **more,
    }  # fmt: skip


def parsed(envelope):
    assert envelope.content.isascii()
    assert all(len(line) <= 998 for line in envelope.content.split(b"\r\n"))
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def name_of(envelope):
    """The first recipient's, by the older of Python's parsers: the newer one puts blanks between the
    encoded words of a name."""
    name, _ = email.utils.parseaddr(email.message_from_bytes(envelope.content)["To"])
    return str(make_header(decode_header(name))).strip()


def text_of(part):
    return part.get_payload(decode=True).decode(part.get_content_charset())


def test_sends_what_everybody_reads_alike(net_probe, serve):
    controller = serve()
    sent = message(
        to=[{"address": "ada@example.org", "name": "Ada"}, {"address": "bob@example.net"}],
        replyTo={"address": "help@example.com", "name": "Hilfe & mehr"},
        html="<p>Hello.</p>\r\n.\r\n..two dots\r\n", text=".\r\nFrom here\r\n",
        attachments=[{"name": "Rechnung Nr. 7 — Größe.pdf", "type": "application/pdf",
                      "content": base64.b64encode(bytes(range(256)) * 9).decode()}],
        unsubscribe="https://example.com/u/7",
    )  # fmt: skip
    assert net_probe("mail", job(controller.port, sent)) == ["accepted"]
    envelope, _ = controller.handler.mails[0]
    assert envelope.mail_from == "shop@example.com"
    assert envelope.rcpt_tos == ["ada@example.org", "bob@example.net"]
    mail = parsed(envelope)
    assert mail["From"].addresses[0].display_name == "Shop"
    assert [one.addr_spec for one in mail["To"].addresses] == envelope.rcpt_tos
    assert mail["Reply-To"].addresses[0].display_name == "Hilfe & mehr"
    assert mail["Message-ID"] == "<m-1@example.com>"
    assert mail["Date"].datetime.timestamp() == 1_750_000_000
    assert mail["List-Unsubscribe"] == "<https://example.com/u/7>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert text_of(mail.get_body(("plain",))) == sent["text"]
    assert text_of(mail.get_body(("html",))) == sent["html"]
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "Rechnung Nr. 7 — Größe.pdf"
    assert attachment.get_content() == bytes(range(256)) * 9


def test_brings_odd_texts_over_whole(net_probe, serve):
    """200 mails of odd names, subjects, bodies and file names."""
    chance = random.Random(SEED)

    def odd(longest):
        parts = (chance.choice(ALPHABETS) for _ in range(chance.randint(1, longest)))
        return "".join("".join(chance.sample(one, len(one))) if chance.random() < 0.3 else one for one in parts)

    def body():
        lines = [odd(40) if chance.random() < 0.8 else "x" * chance.randint(0, 2_000) for _ in range(9)]
        return "\r\n".join(lines) + "\r\n"

    sent = [
        message(
            subject=odd(20), text=body(), html=body(), to=[{"address": "a@example.org", "name": odd(8)}],
            attachments=[{"name": odd(20), "type": "x/y", "content": ""}], id=f"m-{number}",
        )  # fmt: skip
        for number in range(200)
    ]
    controller = serve()
    assert set(net_probe("mail", job(controller.port, *sent))) == {"accepted"}
    assert len(controller.handler.mails) == len(sent)
    for given, (envelope, _) in zip(sent, controller.handler.mails):
        mail = parsed(envelope)
        where = f"seed {SEED}, {given['id']}"
        assert mail["Subject"] == given["subject"], where
        assert name_of(envelope) == given["to"][0]["name"].strip(), where
        assert text_of(mail.get_body(("plain",))) == given["text"], where
        assert text_of(mail.get_body(("html",))) == given["html"], where
        (attachment,) = mail.iter_attachments()
        # Python trims names of files.
        name = given["attachments"][0]["name"].strip()
        assert attachment.get_filename().strip() == name, where


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "a\r\nBcc: eve@example.com"},
        {"from": {"address": "shop@example.com", "name": "a\nBcc: eve@example.com"}},
        {"to": [{"address": "ada@example.org>\r\nRCPT TO:<eve@example.com"}]},
        {"id": "m\r\nBcc: eve@example.com"},
        {"attachments": [{"name": "a\r\nX: y", "type": "x/y", "content": ""}]},
        {"attachments": [{"name": "a", "type": "x/y\r\nX: y", "content": ""}]},
    ],
)
def test_refuses_text_that_would_end_a_field(net_probe, serve, change):
    controller = serve()
    assert net_probe("mail", job(controller.port, message(**change))) == ["refused"]
    assert controller.handler.mails == []


@pytest.mark.parametrize(
    ("step", "reply", "outcome"),
    [
        ("RCPT", "550 5.1.1 No such mailbox", "permanent"),
        ("RCPT", "451 4.3.0 Later", "temporary"),
        ("DATA", "554 5.7.1 Spam", "permanent"),
        ("DATA", "452 4.2.2 Full", "temporary"),
    ],
)
def test_tells_refusals_that_pass_from_those_that_stay(net_probe, serve, step, reply, outcome):
    mailbox = Mailbox()
    mailbox.replies[step] = reply
    (found,) = net_probe("mail", job(serve(mailbox).port, message()))
    assert found.startswith(outcome) and f"({reply[:3]})" in found


def test_knows_that_it_does_not_know(net_probe, serve):
    mailbox = Mailbox()
    mailbox.replies["DATA"] = "drop"
    assert net_probe("mail", job(serve(mailbox).port, message())) == ["unknown"]
    assert len(mailbox.mails) == 1


def test_says_that_nobody_answers(net_probe, free_port):
    (found,) = net_probe("mail", job(free_port(), message()))
    assert found.startswith("temporary") and "unreachable" in found


def test_does_not_wait_for_ever(net_probe):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        (found,) = net_probe("mail", job(port, message(), totalSeconds=0.2))
    assert found.startswith("temporary") and "unreachable" in found


def test_encrypts_where_that_is_required(net_probe, serve, certificate):
    authorities, context = certificate
    controller = serve(tls_context=context, require_starttls=True)
    work = job(controller.port, message(), encryption="required", authorities=str(authorities))
    assert net_probe("mail", work) == ["accepted"]
    assert controller.handler.mails[0][1].ssl is not None


def test_sends_nothing_unencrypted_where_encryption_is_required(net_probe, serve):
    controller = serve()
    (found,) = net_probe("mail", job(controller.port, message(), encryption="required"))
    assert found.startswith("permanent") and "insecure" in found
    assert controller.handler.mails == []


def test_does_not_trust_an_unknown_certificate(net_probe, serve, certificate):
    controller = serve(tls_context=certificate[1])
    (found,) = net_probe("mail", job(controller.port, message(), encryption="required"))
    assert found.startswith("permanent") and "insecure" in found


def test_logs_in(net_probe, serve, certificate):
    authorities, context = certificate

    def check(server, session, envelope, mechanism, data):
        is_right = (data.login, data.password) == (b"shop", "geheim ü".encode())
        return AuthResult(success=is_right, handled=False)

    controller = serve(tls_context=context, auth_required=True, authenticator=check)
    work = job(controller.port, message(), encryption="required", authorities=str(authorities), user="shop")
    assert net_probe("mail", {**work, "password": "geheim ü"}) == ["accepted"]
    (found,) = net_probe("mail", {**work, "password": "wrong"})
    assert found.startswith("permanent") and "loginRefused" in found
    assert len(controller.handler.mails) == 1
