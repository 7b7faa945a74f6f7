"""A shop's brand and settings: uploads, its own host, and what every process shows of them."""

import struct
import zlib

import pytest
import requests
from martlets import Martlet, copy, until
from people import Person


@pytest.fixture(scope="module")
def server(prepared, session_folders):
    settings = {"MARTLET_API_RATE": "1000000", "MARTLET_WEB_PROCESSES": "2"}
    with Martlet(copy(prepared, session_folders.new()), settings) as server:
        yield server


@pytest.fixture
def shop(server):
    return Shop(Person(server))


class Shop:
    """A new shop of somebody's."""

    def __init__(self, owner, name="Karibu Books"):
        self.owner, self.server = owner, owner.server
        form = {"name": name, "country": "KE", "currency": "KES"}
        answer = owner.api("POST", "/api/shops", json=form)
        assert answer.status_code == 201, answer.text
        self.id, self.slug = answer.json()["id"], answer.json()["slug"]

    def api(self, method, path="", **more):
        return self.owner.api(method, f"/api/shops/{self.id}{path}", **more)

    def upload(self, kind, content, name="picture.png"):
        return self.api("POST", f"/{kind}", files={"file": (name, content, "image/png")})

    def get(self, path="/", slug=None, **more):
        """On the shop's own host."""
        fields = {"Host": f"{slug or self.slug}.localhost:{self.server.port}"}
        fields |= {"Accept": "text/html", **more.pop("headers", {})}
        return requests.get(
            f"{self.server.url}{path}", headers=fields, allow_redirects=False, **more
        )


def png(width, height, rows=None):
    """Red, or so many rows as the header does not say."""

    def chunk(name, content):
        crc = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)

    row = b"\0" + b"\xc8\x1e\x3c" * min(width, 2_000)
    pixels = zlib.compress(row * (height if rows is None else rows))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def path_of(address):
    return "/" + address.split("/", 3)[3]


def test_a_logo_is_made_anew_and_served_by_its_own_shop_alone(server, shop):
    answer = shop.upload("logo", png(900, 300))
    assert answer.status_code == 200, answer.text
    path = path_of(answer.json()["logo_url"])
    found = shop.get(path)
    assert (found.status_code, found.headers["Content-Type"]) == (200, "image/webp")
    assert found.content[8:12] == b"WEBP"
    assert "immutable" in found.headers["Cache-Control"]
    assert shop.get(path.replace(".webp", ".png")).content[:4] == b"\x89PNG"
    assert path in shop.get().text

    theirs = Shop(Person(server), name="Another")
    assert theirs.get(path).status_code == 404
    # The same picture, uploaded elsewhere, is another file.
    own = path_of(theirs.upload("logo", png(900, 300)).json()["logo_url"])
    assert own != path and theirs.get(own).status_code == 200
    assert theirs.api("DELETE", "/logo").json()["logo_url"] is None
    assert theirs.get(own).status_code == 404
    assert shop.get(path).status_code == 200


def test_an_icon_comes_in_two_sizes(shop):
    answer = shop.upload("favicon", png(400, 400))
    path = path_of(answer.json()["favicon_url"])
    sizes = []
    for name in (path, path.replace("-180.", "-32.")):
        content = shop.get(name).content
        sizes.append(struct.unpack(">II", content[16:24]))
    assert sizes == [(180, 180), (32, 32)]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 415, "image_kind_not_allowed"),
        (png(30_000, 30_000, rows=1), 422, "too_many_pixels"),
        (png(2_000, 2_000, rows=3), 422, "image_damaged"),
        (b"MZ and then nothing", 415, "not_an_image"),
    ],
    ids=["script", "bomb", "cut", "program"],
)
def test_what_is_no_safe_picture_is_refused_with_help(shop, content, status, code):
    answer = shop.upload("logo", content)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    # What happened, and what to do.
    assert answer.json()["detail"].count(".") >= 2
    assert shop.api("GET").json()["logo_url"] is None

    browser = shop.owner.browser()
    page = browser.session.post(
        f"{shop.server.url}/dashboard/{shop.slug}/brand/logo",
        files={"file": ("logo.png", content, "image/png")},
        headers={"Origin": shop.server.url, "Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )
    assert page.status_code == status
    assert 'role="alert"' in page.text


def test_a_change_is_seen_at_once_on_every_process(server, shop):
    wires = [server.wire_to(process) for process in server.web_processes()]
    host = f"{shop.slug}.localhost:{server.port}"
    try:
        for wire in wires:
            assert "Karibu Books" in wire.ask("/", host=host).text
        for number in range(5):
            name = f"Karibu {number}"
            assert shop.api("PATCH", json={"name": name}).status_code == 200
            for wire in wires:
                until(lambda w=wire: name in w.ask("/", host=host).text, name, seconds=5)
    finally:
        for wire in wires:
            wire.__exit__()


def test_an_old_address_leads_to_the_new_one_with_path_and_query(shop):
    old, new = shop.slug, f"{shop.slug}-two"
    assert shop.api("POST", "/slug", json={"slug": new}).status_code == 200
    answer = shop.get("/?page=2&a=%2F", slug=old)
    address = f"http://{new}.localhost:{shop.server.port}/?page=2&a=%2F"
    assert (answer.status_code, answer.headers["Location"]) == (308, address)
    assert shop.get(slug=new).status_code == 200
    other = Shop(Person(shop.server))
    refused = other.api("POST", "/slug", json={"slug": old})
    assert (refused.status_code, refused.json()["code"]) == (409, "slug_taken")


@pytest.mark.parametrize(("state", "status"), [("suspended", 503), ("closed", 410)])
def test_a_shop_that_is_not_open_says_so_and_shows_nothing_else(shop, state, status):
    server = shop.server
    server.sql(f"UPDATE app.shops SET state = '{state}' WHERE shop_id = '{shop.id}'")
    # An answer that is no success counts as false.
    until(lambda: not (answer := shop.get()) and answer.status_code == status, state)
    assert "Nothing is for sale" not in shop.get().text


def test_an_unknown_host_is_a_page_that_leaks_nothing(server, shop):
    pages = {shop.get(path, slug=f"nobody-{n}").text for n in range(2) for path in ("/", "/x")}
    assert len(pages) == 1
    page = pages.pop()
    assert "nobody" not in page and "href=\"/" not in page.replace('href="/assets', "")
    assert shop.get(slug="nobody-0").status_code == 404
    assert shop.get(slug="nobody-0", path="/brand.css").status_code == 404
    lost = shop.get("/nothing-here")
    assert lost.status_code == 404 and "Martlet" not in lost.text
    # By whichever process has shown the shop before.
    until(lambda: shop.get() and "Karibu Books" in shop.get("/nothing-here").text, "the shop's page")


def test_listed_origins_may_read_and_no_others(shop):
    origin, path = "https://www.example.com", "/api/storefront/bootstrap"
    listed = shop.api("PATCH", json={"cors_origins": [origin]})
    assert listed.json()["cors_origins"] == [origin]
    url = f"{shop.server.url}{path}"
    for sent, allowed in ((origin, origin), ("https://evil.example", None), ("null", None)):
        fields = {"Host": f"{shop.slug}.localhost:{shop.server.port}", "Origin": sent}

        def answered(method, sent=fields):
            answer = requests.request(method, url, headers=sent)
            assert answer.headers["Vary"] == "Origin"
            return answer.headers.get("Access-Control-Allow-Origin")

        until(lambda: answered("GET") == allowed, f"{sent}: {allowed}")
        assert answered("OPTIONS") == allowed
    refused = shop.api("PATCH", json={"cors_origins": ["*"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "origin_unusable")


def test_colours_are_corrected_on_the_page_and_kept_as_chosen(shop):
    assert shop.api("PATCH", json={"primary_color": "#FFE08A"}).json()["primary_color"] == "#ffe08a"
    assert shop.get("/brand.css").text.count("--brand-primary-text: #000000") == 1
    wrong = shop.api("PATCH", json={"primary_color": "red"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "primary_color")


def test_what_is_not_saved_is_shown_in_the_preview_alone(shop):
    browser = shop.owner.browser()
    path = f"/dashboard/{shop.slug}/brand/preview"
    form = {"name": "Not yet", "primary_color": "#123456", "accent_color": "#654321"}
    page = browser.submit(path, **form, surface="storefront")
    assert page.status_code == 200 and "Not yet" in page.text
    assert "primary=%23123456" in page.text
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    mail = browser.submit(path, **form, surface="mail")
    assert "#123456" in mail.text and "Not yet" in mail.text
    assert "Not yet" not in shop.get().text
