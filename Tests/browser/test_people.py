"""Accounts as people live them: from opening one to erasing it, by mouse, thumb and keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DESKTOP, PHONE, Look
from visiting import NEXT_PASSWORD, Visitor, stops

SMALLEST_PHONE = 360
# Every language meets every width, and each of them a browser with scripts and one without.
WAYS = [
    Look("en", width=PHONE),
    Look("fa", width=DESKTOP),
    Look("fa", width=PHONE, javascript=False),
    Look("en", width=DESKTOP, javascript=False),
]
# Every language in every colour, and each of them at every width.
LOOKS = [
    Look("en", "light", PHONE),
    Look("en", "dark", DESKTOP),
    Look("fa", "light", DESKTOP),
    Look("fa", "dark", PHONE),
]
# A mail is shown inside the page of a mail program, which has the landmarks.
OF_A_MAIL = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
FORM = {"name": "Amina", "email": "amina@example.com", "password": "short"}


@pytest.fixture
def visitor(server, sandbox, browser):
    """Makes a person with a browser of their own."""
    contexts = []

    def make(look, **more):
        context = look.context(browser, server.url)
        contexts.append(context)
        return Visitor(context.new_page(), look.language, sandbox, **more)

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize("look", WAYS, ids=str)
def test_an_account_is_opened_secured_lost_found_moved_and_erased(visitor, look):
    person = visitor(look)
    opens_an_account(person)
    turns_on_the_second_factor(person)
    comes_back_with_a_code(person)
    resets_the_password(person)
    ends_a_session(person, visitor(look, email=person.email, password=person.password))
    moves_to_another_address(person)
    erases_the_account(person)


def opens_an_account(person):
    person.register()
    assert person.name in person.main.locator("h1").inner_text()
    person.verify()
    person.is_at("/dashboard")
    person.is_told("Your e-mail address is verified.")


def turns_on_the_second_factor(person):
    person.main.get_by_role("link", name=person.say("Set it up"), exact=True).click()
    person.begin_second_factor()
    person.turn_on_second_factor()
    assert len(set(person.recovery_codes)) == 10
    person.follow("I have kept them")
    assert person.main.get_by_text(person.say("On"), exact=True).is_visible()


def comes_back_with_a_code(person):
    person.sign_out()
    person.sign_in()
    person.enter_code(person.authenticator.code())


def resets_the_password(person):
    person.sign_out()
    person.ask_for_reset()
    person.open_link("Reset your password")
    person.password = NEXT_PASSWORD
    person.fill(password=person.password)
    person.press("Change the password")
    person.is_at("/sign-in")
    person.sign_in()
    person.enter_code(person.recovery_codes[0])


def ends_a_session(person, elsewhere):
    """`elsewhere` is the same person at another browser."""
    elsewhere.sign_in()
    elsewhere.enter_code(person.authenticator.code())
    person.open("/account/sessions")
    rows = person.main.locator(".rows li")
    assert rows.count() == 2
    rows.get_by_role("button").click()
    person.is_told("That session is signed out.")
    assert rows.count() == 1
    elsewhere.open("/account")
    elsewhere.is_at("/sign-in")


def moves_to_another_address(person):
    new = f"new-{person.email}"
    person.change_address(new)
    person.open_link("Confirm your new e-mail address", to=new)
    person.press("Yes, change it")
    person.is_told("That address has confirmed. Now open the link at the other one.")
    person.open_link("Confirm the change of your e-mail address")
    person.press("Yes, change it")
    person.is_told("Your e-mail address is changed.")
    person.email = new
    assert person.main.get_by_text(new).is_visible()


def erases_the_account(person):
    person.open("/account/data")
    person.fill(email=person.email)
    person.press("Erase my account")
    person.is_told("Your account is erased.")
    person.sign_in()
    person.page.get_by_role("alert").wait_for()
    person.is_at("/sign-in")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_on_any_page_of_an_account(visitor, look):
    person = visitor(look)
    reports = []
    for name in stops(person):
        found = Axe().run(person.page, options=OF_A_MAIL if name.startswith("mail-") else None)
        if found.violations_count:
            reports.append(f"{name}: {found.generate_report()}")
    assert reports == []


@pytest.mark.parametrize("language", ["en", "fa"])
def test_no_page_of_an_account_is_wider_than_a_small_phone(visitor, language):
    person = visitor(Look(language, width=SMALLEST_PHONE))
    wide = [
        name
        for name in stops(person)
        if person.page.evaluate("document.documentElement.scrollWidth") > SMALLEST_PHONE
    ]
    assert wide == []


@pytest.mark.parametrize("look", WAYS, ids=str)
def test_a_refused_form_keeps_what_was_typed_and_leads_to_what_is_wrong(visitor, look):
    person = visitor(look)
    person.open("/sign-up")
    person.fill(**FORM)
    person.main.locator("[name=accept_terms]").check()
    person.press("Open the account")
    summary = person.page.get_by_role("alert")
    summary.wait_for()
    kept = {name: person.main.locator(f"[name={name}]").input_value() for name in FORM}
    # A password is typed again, and never travels back.
    assert kept == {**FORM, "password": ""}
    assert person.main.locator("[name=accept_terms]").is_checked()
    summary.get_by_role("link").click()
    assert person.page.locator(":focus").get_attribute("name") == "password"


def test_an_account_can_be_opened_by_keyboard_alone(visitor):
    person = visitor(Look())
    person.open("/sign-up")
    keyboard = person.page.keyboard

    def tab_to(selector):
        for _ in range(30):
            keyboard.press("Tab")
            if person.page.locator(f"{selector}:focus").count():
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    keyboard.press("Tab")
    keyboard.press("Enter")
    assert person.page.locator(":focus").get_attribute("id") == "main", "the first link skips"
    for name, value in {"name": person.name, "email": person.email}.items():
        tab_to(f"[name={name}]")
        keyboard.type(value)
    tab_to("[name=password]")
    keyboard.type(person.password)
    tab_to("[name=accept_terms]")
    keyboard.press("Space")
    tab_to("main button")
    keyboard.press("Enter")
    person.is_at("/dashboard")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_the_account_menu_opens_and_closes_by_keyboard(visitor, javascript):
    person = visitor(Look(javascript=javascript))
    person.register()
    opener = person.page.locator("[popovertarget=account-menu]")
    opener.focus()
    person.page.keyboard.press("Enter")
    menu = person.page.locator("#account-menu")
    menu.wait_for()
    assert menu.get_by_role("button", name=person.say("Sign out")).is_visible()
    person.page.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    assert opener.evaluate("one => one === document.activeElement")


def test_what_the_settings_say_is_what_a_page_does(visitor):
    """The profile's language and colours rule every page, until they are changed again."""
    person = visitor(Look())
    person.register()
    person.open("/account")
    person.main.locator("[name=language]").select_option("fa")
    person.main.locator("[name=theme]").select_option("dark")
    person.press("Save")
    html = person.page.locator("html[lang=fa][dir=rtl][data-theme=dark]")
    html.wait_for()
    person.open("/account/sessions")
    html.wait_for()
