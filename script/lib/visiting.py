"""People in front of a browser, from opening an account to erasing it, as tests and screenshots follow them."""

import json
import re
import time
import uuid
from pathlib import Path

import pyotp

LOCALES = Path(__file__).resolve().parents[2] / "Locales"
PASSWORD, NEXT_PASSWORD = "plenty of sparrows", "a swift over the roofs"
MAIL_SECONDS = 30
TOTP_SECONDS = 30


class Words:
    """What the product says in a language, asked for in English."""

    def __init__(self, language):
        self.texts = json.loads((LOCALES / f"{language}.json").read_text())["texts"]
        self.is_english = language == "en"

    def __call__(self, english):
        return english if self.is_english else self.texts[english]

    def pattern(self, english):
        """As a regular expression, in which anything stands for what is filled in."""
        return re.compile(".*".join(map(re.escape, re.split(r"\{\d\}", self(english)))))


class Authenticator:
    """An app that shows a code once. Codes of the steps before and after the present one count too, so
    that three are at hand without waiting."""

    def __init__(self, key):
        self.totp = pyotp.TOTP(key)
        self.step = 0

    def code(self):
        present = int(time.time()) // TOTP_SECONDS
        self.step = max(self.step + 1, present - 1)
        assert self.step <= present + 1, "more codes are asked for than there are"
        return self.totp.at(self.step * TOTP_SECONDS)


class Visitor:
    """One person with one browser window."""

    def __init__(self, page, language, sandbox, email=None, password=PASSWORD):
        self.page = page
        self.say = Words(language)
        self.sandbox = sandbox
        self.email = email or f"{uuid.uuid4().hex[:12]}@example.com"
        self.password = password
        self.name = {"en": "Amina Otieno", "fa": "آمنه رضایی"}[language]
        self.authenticator = None
        self.recovery_codes = []

    # What anybody does with a page.

    @property
    def main(self):
        return self.page.locator("main")

    def open(self, path):
        return self.page.goto(path)

    def fill(self, **fields):
        for name, value in fields.items():
            self.main.locator(f"[name={name}]").fill(value)

    def press(self, words):
        self.main.get_by_role("button", name=self.say(words), exact=True).click()

    def follow(self, words):
        self.main.get_by_role("link", name=self.say(words), exact=True).click()

    def is_at(self, path):
        self.page.wait_for_url(lambda url: url.split("?")[0].endswith(path))

    def is_told(self, words):
        self.page.get_by_role("status").get_by_text(self.say(words)).wait_for()

    # An account's life.

    def fill_sign_up(self):
        self.fill(name=self.name, email=self.email, password=self.password)
        self.main.locator("[name=accept_terms]").check()

    def register(self):
        self.open("/sign-up")
        self.fill_sign_up()
        self.press("Open the account")
        self.is_at("/dashboard")

    def sign_in(self):
        self.open("/sign-in")
        self.fill(email=self.email, password=self.password)
        self.press("Sign in")

    def enter_code(self, code):
        self.is_at("/sign-in/code")
        self.fill(code=code)
        self.press("Sign in")
        self.is_at("/dashboard")

    def sign_in_as_a_program(self):
        form = {"email": self.email, "password": self.password, "totp": self.recovery_codes.pop()}
        answer = self.page.request.post("/api/auth/login", data=form)
        assert answer.status == 200, answer.text()

    def sign_out(self):
        self.page.locator("[popovertarget=account-menu]").click()
        self.page.get_by_role("button", name=self.say("Sign out"), exact=True).click()
        self.is_told("You are signed out.")

    def verify(self):
        self.open_link("Welcome to {1}")
        self.press("Yes, verify it")

    def begin_second_factor(self):
        self.open("/account/security/second-factor")
        self.press("Set it up")
        key = self.main.locator(".code").inner_text()
        self.authenticator = Authenticator(key.replace(" ", ""))

    def turn_on_second_factor(self):
        self.fill(code=self.authenticator.code())
        self.press("Turn it on")
        self.recovery_codes = self.main.locator(".codes .code").all_inner_texts()

    def ask_for_reset(self):
        self.open("/reset")
        self.fill(email=self.email)
        self.press("Send me the link")
        self.is_at("/sign-in")

    def change_address(self, address):
        self.open("/account/email")
        self.fill(email=address)
        self.press("Send the links")
        self.is_told("Open each link that we have sent, and the address is changed.")

    # Their mail.

    def open_mail(self, subject, to=None):
        """In the mailbox's pages, once it is there."""
        to = to or self.email
        mails = self.page.locator(".mails a").filter(has_text=to)
        mails = mails.filter(has_text=self.say.pattern(subject))
        deadline = time.monotonic() + MAIL_SECONDS
        self.page.goto(f"{self.sandbox.url}/mail")
        while mails.count() == 0:
            assert time.monotonic() < deadline, f"no mail to {to} says {subject}"
            self.page.reload()
        mails.first.click()
        self.page.wait_for_url("**/mail/*")

    def open_link(self, subject, to=None):
        """The mail's own link: its first leads to the front page."""
        self.open_mail(subject, to)
        links = self.page.locator(".links a")
        own = [one for one in links.all() if one.get_attribute("href").count("/") > 3]
        own[0].click()


def stops(visitor):
    """Lives an account from its first page to its last, and yields the name of each page on the way:
    empty, filled, refused and done."""
    yield from _opening(visitor)
    yield from _second_factor(visitor)
    yield from _coming_back(visitor)
    yield from _settings(visitor)
    yield from _mails(visitor)


def _opening(visitor):
    page = visitor.page
    visitor.open("/sign-up")
    yield "sign-up"
    visitor.fill_sign_up()
    yield "sign-up-filled"
    visitor.fill(email="nobody", password="short")
    # What the browser checks itself stays out of the way: the server's own answer is looked at.
    page.locator("main form").evaluate("form => form.noValidate = true")
    visitor.press("Open the account")
    yield "sign-up-refused"
    visitor.register()
    yield "dashboard-new"
    page.locator("[popovertarget=account-menu]").click()
    yield "account-menu"
    visitor.verify()
    visitor.is_at("/dashboard")
    yield "dashboard-verified"


def _second_factor(visitor):
    visitor.open("/account/security")
    yield "security"
    visitor.fill(current_password="wrong", new_password="sparrow")
    visitor.press("Change the password")
    yield "security-refused"
    visitor.open("/account/security/second-factor")
    yield "second-factor-off"
    visitor.begin_second_factor()
    yield "second-factor-waiting"
    visitor.fill(code="000000")
    visitor.press("Turn it on")
    yield "second-factor-refused"
    visitor.turn_on_second_factor()
    yield "second-factor-codes"
    visitor.follow("I have kept them")
    yield "second-factor-on"
    visitor.open("/dashboard")
    yield "dashboard"


def _coming_back(visitor):
    visitor.sign_out()
    yield "signed-out"
    visitor.open("/account")
    yield "sign-in"
    visitor.fill(email=visitor.email, password="not the password")
    visitor.press("Sign in")
    yield "sign-in-refused"
    visitor.ask_for_reset()
    yield "reset-asked"
    visitor.open("/reset")
    yield "reset"
    visitor.open_link("Reset your password")
    yield "new-password"
    visitor.open("/reset/none")
    yield "new-password-over"
    visitor.open("/verify/none")
    yield "verify-over"
    visitor.sign_in()
    visitor.is_at("/sign-in/code")
    yield "enter-code"
    visitor.fill(code="000000")
    visitor.press("Sign in")
    yield "enter-code-refused"
    visitor.enter_code(visitor.authenticator.code())


def _settings(visitor):
    visitor.open("/account")
    yield "profile"
    visitor.press("Save")
    visitor.is_told("Your profile is saved.")
    yield "profile-saved"
    visitor.sign_in_as_a_program()
    visitor.open("/account/sessions")
    yield "sessions"
    visitor.open("/account/email")
    yield "email"
    visitor.change_address(f"new-{visitor.email}")
    yield "email-asked"
    visitor.open_link("Confirm your new e-mail address", to=f"new-{visitor.email}")
    yield "email-confirm"
    visitor.open("/account/data")
    yield "data"
    visitor.fill(email="somebody@example.com")
    visitor.press("Erase my account")
    yield "data-refused"
    visitor.open("/confirm")
    yield "confirm"
    visitor.open("/terms/accept")
    yield "terms-changed"
    visitor.open("/account/nothing")
    yield "missing-signed-in"


def _mails(visitor):
    page = visitor.page
    page.goto(f"{visitor.sandbox.url}/mail")
    yield "mailbox"
    for name, subject in {
        "welcome": "Welcome to {1}",
        "reset": "Reset your password",
        "second-factor-on": "Your second factor was switched on",
        "take-email": "Confirm your new e-mail address",
    }.items():
        to = f"new-{visitor.email}" if name == "take-email" else visitor.email
        visitor.open_mail(subject, to=to)
        yield f"mailbox-{name}"
        # In a document of its own: where the mailbox shows it, no script runs, axe's neither.
        html = page.request.get(f"{page.url}/html").text()
        page.goto("about:blank")
        page.set_content(html)
        yield f"mail-{name}"
