"""A real mail server of the tests' own, which answers as a test says."""

import asyncio
import email.policy
import re
from collections import defaultdict

from aiosmtpd.controller import Controller


class PlainController(Controller):
    def __init__(self, handler, **options):
        super().__init__(handler, hostname="127.0.0.1", port=0, **options)

    def _trigger_server(self):
        # The base class connects to the port it was given; ours is chosen by the system.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class PostOffice:
    """Takes mails by recipient. `replies` are given one after another, then all are taken. A reply that
    is an `asyncio.Event` holds the client until it is set, and then takes nothing."""

    def __init__(self):
        self.attempts, self.mails = defaultdict(list), defaultdict(list)
        self.replies = {}

    async def handle_DATA(self, server, session, envelope):
        recipient = envelope.rcpt_tos[0]
        self.attempts[recipient].append(envelope)
        replies = self.replies.get(recipient, [])
        reply = replies.pop(0) if replies else "250 OK"
        if isinstance(reply, asyncio.Event):
            await reply.wait()
            return "451 Held too long"
        if reply.startswith("250"):
            self.mails[recipient].append(parsed(envelope))
        return reply


def parsed(envelope):
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def link_in(mail, path):
    """The address in the text part that leads to the path."""
    text = mail.get_body(("plain",)).get_content()
    return re.search(rf"http://\S+{path}\S+", text)[0]
