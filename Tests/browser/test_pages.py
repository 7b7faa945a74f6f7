"""The public pages as people meet them: two languages, light and dark, phone and desktop."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DESKTOP, PAGES, PHONE, Look, looks

LATIN_DIGIT, PERSIAN_DIGIT = re.compile(r"[0-9]"), re.compile(r"[۰-۹]")
SMALLEST_PHONE = 360
SITE = ["/", "/pricing"]

each_page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
each_look = pytest.mark.parametrize("look", looks(), ids=str)


def language_and_direction(page):
    html = page.locator("html")
    return html.get_attribute("lang"), html.get_attribute("dir")


def words_of(page):
    return page.locator("main").inner_text()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_landing_leads_to_pricing(open_page, width):
    page = open_page("/", Look(width=width))
    assert page.locator("h1").count() == 1
    page.locator("main a[href='/pricing']").first.click()
    assert page.url.endswith("/pricing")
    assert language_and_direction(page) == ("en", "ltr")
    assert LATIN_DIGIT.search(words_of(page)) and not PERSIAN_DIGIT.search(words_of(page))


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_persian_reader_meets_persian_from_right_to_left(open_page, width):
    page = open_page("/", Look("fa", width=width))
    assert language_and_direction(page) == ("fa", "rtl")
    page.locator("main a[href='/pricing']").first.click()
    assert language_and_direction(page) == ("fa", "rtl")
    assert PERSIAN_DIGIT.search(words_of(page)) and not LATIN_DIGIT.search(words_of(page))


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_the_language_can_be_switched_and_is_remembered(open_page, javascript):
    page = open_page("/pricing", Look(javascript=javascript))
    page.get_by_role("link", name="فارسی").or_(page.get_by_role("button", name="فارسی")).click()
    assert page.url.split("?")[0].endswith("/pricing")
    assert language_and_direction(page) == ("fa", "rtl")
    page.goto("/")
    assert language_and_direction(page) == ("fa", "rtl")
    page.get_by_role("link", name="English").or_(page.get_by_role("button", name="English")).click()
    assert language_and_direction(page) == ("en", "ltr")


def background_lightness(page):
    """Of the page, 0 to 255, as it is painted."""
    colour = page.evaluate(
        """() => {
          const context = new OffscreenCanvas(1, 1).getContext("2d")
          context.fillStyle = getComputedStyle(document.body).backgroundColor
          context.fillRect(0, 0, 1, 1)
          return [...context.getImageData(0, 0, 1, 1).data]
        }"""
    )
    return sum(colour[:3]) / 3


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize(("scheme", "other"), [("light", "Dark"), ("dark", "Light")])
def test_the_theme_can_be_switched_and_is_remembered(open_page, scheme, other, javascript):
    page = open_page("/pricing", Look(scheme=scheme, javascript=javascript))
    was_light = background_lightness(page) > 128
    assert was_light == (scheme == "light")
    page.get_by_role("button", name=other).click()
    page.wait_for_load_state()
    assert (background_lightness(page) > 128) != was_light
    page.goto("/")
    assert (background_lightness(page) > 128) != was_light


@each_page
@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("width", [SMALLEST_PHONE, PHONE, DESKTOP])
def test_nothing_is_wider_than_the_screen(open_page, path, language, width):
    page = open_page(path, Look(language, width=width))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_calculator_answers_without_scripts(open_page):
    page = open_page("/pricing", Look(javascript=False))
    page.locator("[name=sales]").fill("10000")
    page.locator("main form button").click()
    assert page.locator("main table").is_visible()
    assert page.locator("[name=sales]").input_value() == "10000"


def test_the_calculator_keeps_what_it_refuses_and_says_why(open_page):
    page = open_page(PAGES["pricing-refused"], Look())
    field = page.locator("[name=sales]")
    assert field.input_value() == "many"
    assert field.get_attribute("aria-invalid") == "true"
    explained = field.get_attribute("aria-describedby").split()
    assert any("whole number" in page.locator(f"#{one}").inner_text() for one in explained)


@each_page
@each_look
def test_axe_finds_nothing(open_page, path, look):
    page = open_page(path, look)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", SITE)
@each_look
def test_a_page_is_light_and_asks_nobody_else(open_page, server, path, look):
    page = open_page(path, look)
    page.wait_for_load_state("networkidle")
    record = page.record
    assert record.complaints == []
    assert [one.url for one in record.requests if not one.url.startswith(server.url + "/")] == []
    assert len(record.requests) <= 10
    assert record.bytes_received() <= 60_000


@pytest.mark.parametrize("path", SITE)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_page_says_the_same_without_scripts(open_page, path, language):
    with_script = open_page(path, Look(language))
    without = open_page(path, Look(language, javascript=False))
    assert words_of(without) == words_of(with_script)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_missing_page_shows_the_way_back(open_page, server, language):
    page = open_page(PAGES["missing"], Look(language))
    assert page.answer.status == 404
    assert page.locator("h1").is_visible()
    assert language_and_direction(page)[0] == language
    page.locator("main a[href='/']").click()
    assert page.url == server.url + "/"


@pytest.mark.parametrize("path", SITE)
def test_the_keyboard_reaches_every_link_and_button(open_page, path):
    page = open_page(path, Look())
    controls = page.locator(":is(a[href], button, input, select):visible").count()
    reached = set()
    for _ in range(controls + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML"))
    unreached = [
        html
        for html in page.eval_on_selector_all(
            "a[href], button", "found => found.filter(one => one.offsetParent).map(one => one.outerHTML)"
        )
        if html not in reached
    ]
    assert unreached == []
