"""What any client sees at the edge: hosts, headers, errors, assets, metrics and preferences."""

import collections
import contextlib
import gzip
import json
import re
import socket
import urllib.parse

import hostile
import pytest
from martlets import MARTLET, Martlet, copy, until
from serving import free_port
from wire import Wire, answer_to, ask, request

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
}


# One connection, many requests.


def test_pipelined_requests_are_answered_in_their_order(probe):
    asked = [
        ("GET", "/probe/slow?milliseconds=200", 200),
        ("GET", "/probe/echo?text=second", 200),
        ("HEAD", "/probe/plain", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/probe/plain", 405),
        ("GET", "/probe/query?id=5", 200),
        ("GET", "/probe/echo?text=last", 200),
    ]
    with Wire(probe.port) as wire:
        wire.send(b"".join(request(path, method=method) for method, path, _ in asked))
        answers = [wire.answer(to=method) for method, _, _ in asked]
    assert [answer.status for answer in answers] == [status for _, _, status in asked]
    assert [answers[1].text, answers[-1].text] == ["second", "last"]
    assert "Item 5" in answers[5].text


@pytest.mark.parametrize("path", ["/", "/pricing", "/probe/plain", "/nowhere", "/readyz"])
def test_head_is_get_without_its_body(path, probe):
    volatile = {"date", "x-request-id"}
    with Wire(probe.port) as wire:
        get, head = wire.ask(path), wire.ask(path, method="HEAD")
        assert head.status == get.status
        assert [field for field in head.fields if field[0] not in volatile] == [
            field for field in get.fields if field[0] not in volatile
        ]
        assert int(head["content-length"]) == len(get.body)
        # No stray byte of a body stands before the next answer.
        assert wire.ask("/probe/echo?text=next").text == "next"


def test_a_client_that_asks_and_leaves_at_once_holds_no_connection(plain):
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(plain.port)) for _ in range(20)]
        for wire in wires:
            # Both in one packet, often: epoll then reports them once.
            wire.send(request("/healthz"))
            wire.socket.shutdown(socket.SHUT_WR)
        for wire in wires:
            assert wire.answer().status == 200
            assert wire.is_over()


# Assets and their copies.


@pytest.fixture(scope="module")
def sheet(plain):
    """The address of a style sheet, as a page names it."""
    return re.search(r'href="(/assets/base\.[0-9a-f]+\.css)"', plain.ask("/").text)[1]


def test_an_asset_may_be_kept_for_good_under_its_own_address(plain, sheet):
    answer = plain.ask(sheet)
    assert answer.status == 200
    assert answer["content-type"] == "text/css; charset=utf-8"
    assert answer["cache-control"] == "public, max-age=31536000, immutable"
    # What it was before, or will be, is not under this address.
    assert plain.ask(re.sub(r"\.[0-9a-f]+\.", ".0123456789abcdef.", sheet)).status == 404
    assert plain.ask("/assets/base.css").status == 404


def test_assets_do_not_reach_beyond_their_folder(plain):
    for path in ("/assets/../Migrations/0001-scopes.sql", "/assets/%2e%2e/Package.swift",
                 "/assets/..%2fPackage.swift", "/assets//etc/passwd", "/assets/"):  # fmt: skip
        assert plain.ask(path).status in (400, 404)


@pytest.mark.parametrize("path", ["/pricing", None])
def test_gzip_is_the_same_text_for_those_who_take_it(path, plain, sheet):
    path = path or sheet
    whole, packed = plain.ask(path), plain.ask(path, "Accept-Encoding: br;q=1, gzip;q=0.8")
    assert packed["content-encoding"] == "gzip" and whole["content-encoding"] is None
    assert gzip.decompress(packed.body) == whole.body
    assert len(packed.body) < len(whole.body)
    assert "Accept-Encoding" in whole["vary"] and "Accept-Encoding" in packed["vary"]
    assert packed["etag"] != whole["etag"]
    for refusal in ("gzip;q=0", "identity", "gzip;q=0.1, identity;q=1"):
        assert plain.ask(path, f"Accept-Encoding: {refusal}")["content-encoding"] is None


@pytest.mark.parametrize("path", ["/pricing", None])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_what_a_client_has_already_is_not_sent_again(path, encoding, plain, sheet):
    path, accepts = path or sheet, f"Accept-Encoding: {encoding}"
    first = plain.ask(path, accepts)
    for tags in (first["etag"], f'"other", W/{first["etag"]}', "*"):
        again = plain.ask(path, accepts, f"If-None-Match: {tags}")
        assert (again.status, again.body, again["content-type"]) == (304, b"", None)
        assert again["cache-control"] == first["cache-control"]
    assert plain.ask(path, accepts, 'If-None-Match: "other"').status == 200


def test_a_range_of_an_asset_is_that_part_or_the_whole(plain, sheet):
    whole = plain.ask(sheet).body
    for field, start, end in (("bytes=0-9", 0, 10), ("bytes=5-", 5, None), ("bytes=-7", -7, None)):
        answer = plain.ask(sheet, f"Range: {field}")
        assert (answer.status, answer.body) in [(200, whole), (206, whole[start:end])]
    for nonsense in ("bytes=9-1", "lines=1-2", "bytes=a-b", "bytes=0-1,4-5"):
        assert plain.ask(sheet, f"Range: {nonsense}").body == whole


# Hosts and who may speak for others.


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost:8080", "127.0.0.1", "[::1]", "[::1]:80"]
)
def test_the_platform_answers_to_its_own_names(host, plain):
    assert plain.ask("/pricing", host=host).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhostx", "xlocalhost", "10.0.0.1"]
)
def test_an_unknown_host_is_told_nothing(host, plain):
    answers = [plain.ask(path, host=host) for path in ("/", "/pricing", "/nowhere", "/preferences")]
    bodies = {answer.text.replace(answer["x-request-id"], "") for answer in answers}
    assert {answer.status for answer in answers} == {404}
    assert len(bodies) == 1
    assert all("localhost" not in str(answer) for answer in answers)


@pytest.mark.parametrize("host", ["", "a b", "localhost/", "user@localhost", "localhost:x", "a,b"])
def test_a_host_that_is_none_is_refused(host, plain):
    assert plain.ask("/pricing", host=host).status in (400, 404)


def test_a_request_without_a_host_or_with_two_is_refused(plain):
    for head in (b"GET / HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
                 b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"):  # fmt: skip
        assert answer_to(plain.port, head).status == 400


def test_nobody_speaks_for_others_unless_trusted(plain):
    told = plain.ask("/pricing", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https",
                     "Forwarded: host=evil.example;proto=https")  # fmt: skip
    assert told.status == 200 and "evil.example" not in told.text
    assert plain.ask("/pricing", "X-Forwarded-Host: localhost", host="evil.example").status == 404


@pytest.fixture(scope="module")
def behind_proxy(prepared, session_folders):
    """As an installation runs: behind a proxy, with metrics on a port of their own."""
    settings = {
        "MARTLET_BASE_URL": "https://shops.example", "MARTLET_TRUSTED_PROXIES": "127.0.0.0/8",
        "MARTLET_METRICS_PORT": str(free_port()), "MARTLET_WEB_PROCESSES": "2",
    }  # fmt: skip
    with Martlet(copy(prepared, session_folders.new()), settings, MARTLET) as server:
        yield server


def test_a_trusted_proxy_says_which_host_was_asked(behind_proxy):
    told = behind_proxy.ask("/pricing", "X-Forwarded-Host: shops.example", host="upstream")
    assert told.status == 200
    assert 'rel="canonical" href="https://shops.example/pricing"' in told.text
    other = behind_proxy.ask("/pricing", "X-Forwarded-Host: evil.example", host="shops.example")
    assert other.status == 404


def test_cookies_are_for_https_alone_where_the_platform_is(behind_proxy, plain):
    form = b"theme=dark"
    far, near = (
        server.ask("/preferences", "Content-Type: application/x-www-form-urlencoded",
                   method="POST", host=host, body=form)
        for server, host in ((behind_proxy, "shops.example"), (plain, "localhost"))
    )  # fmt: skip
    assert "; Secure" in far["set-cookie"] and "; Secure" not in near["set-cookie"]


# Answers that say no.


def test_programs_get_a_problem_and_people_a_page(plain):
    problem = plain.ask("/nowhere", "Accept: application/json")
    assert problem["content-type"] == "application/problem+json"
    told = json.loads(problem.body)
    assert told.pop("detail")
    assert told == {
        "type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found",
        "request_id": problem["x-request-id"],
    }  # fmt: skip
    assert plain.ask("/nowhere")["content-type"] == "application/problem+json"
    assert plain.ask("/api/nowhere", "Accept: text/html")["content-type"].startswith("application")

    page = plain.ask("/nowhere", "Accept: text/html,*/*;q=0.8", "Accept-Language: fa")
    assert page.status == 404
    assert page["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fa" dir="rtl">' in page.text
    assert page["x-request-id"] in page.text


def test_a_method_that_is_not_taken_is_told_which_are(plain):
    answer = plain.ask("/pricing", method="DELETE")
    assert (answer.status, answer["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert plain.ask("/pricing", method="OPTIONS")["allow"] == answer["allow"]
    assert plain.ask("/preferences")["allow"] == "POST, OPTIONS"


def test_every_answer_carries_the_security_headers(probe):
    asset = re.search(r"/assets/base\.[0-9a-f]+\.css", probe.ask("/").text)[0]
    ordinary = [
        request("/"), request(asset), request("/probe/plain"), request("/healthz"),
        request("/metrics"), request("/pricing/"), request("/nowhere"), request("/", host="evil"),
        request("/nowhere", "Accept: text/html"), request("/pricing", method="DELETE"),
        request("/pricing", method="OPTIONS"), request(asset, "If-None-Match: *"),
        request("/preferences", hostile.FORM, method="POST", body=b"theme=dark"),
    ]  # fmt: skip
    # What the library cannot take apart at all, it answers alone, and closes.
    ours = [case.data for case in hostile.LIGHT.values() if not case.is_library]
    for data in ordinary + ours:
        answer = answer_to(probe.port, data)
        found = {name: answer[name] for name in SECURITY}
        assert found == SECURITY, (data[:80], answer)
        policy = answer["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        # Said by no answer: which program, which version.
        assert answer["server"] is None and answer["x-powered-by"] is None


# The request's id.


@pytest.mark.parametrize("id", ["abc", "A-b_c.9", "x" * 64])
def test_a_sane_request_id_comes_back(id, plain):
    assert plain.ask("/pricing", f"X-Request-Id: {id}")["x-request-id"] == id
    assert json.loads(plain.ask("/nowhere", f"X-Request-Id: {id}").body)["request_id"] == id


@pytest.mark.parametrize("id", ["", "x" * 65, "a b", 'a"b', "<script>", "a%0d%0ab", "ü", "a,b;c"])
def test_any_other_request_id_is_replaced(id, plain):
    answers = [plain.ask("/pricing", f"X-Request-Id: {id}") for _ in range(2)]
    found = {answer["x-request-id"] for answer in answers}
    assert len(found) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)


# Metrics.


def series(text):
    """Prometheus's text: each series once, below its name's HELP and TYPE."""
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# "):
            _, kind, name, rest = line.split(" ", 3)
            assert kind in ("HELP", "TYPE")
            if kind == "TYPE":
                assert name not in types and rest in ("counter", "gauge", "histogram")
                types[name] = rest
            continue
        label = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
        parts = re.fullmatch(rf"([a-z_]+)(\{{{label}(?:,{label})*\}})? (\S+)", line)
        assert parts, line
        assert any(parts[1].startswith(name) for name in types), line
        key = parts[1] + (parts[2] or "")
        assert key not in found, line
        found[key] = float(parts[3])
    return found


def test_metrics_are_of_all_processes_together(probe):
    def count():
        found = series(probe.ask("/metrics").text)
        return found['http_requests_total{route="GET /probe/echo",status="2xx"}']

    before, asked = count(), 0
    answered_by = collections.Counter()
    while len(answered_by) < len(probe.web_processes()) or asked < 40:
        with Wire(probe.port) as wire:
            answered_by[wire.ask("/probe/process").text] += 1
            assert wire.ask("/probe/echo?text=x").status == 200
        asked += 1
    # Counted when the last byte is sent, which the client may see a moment earlier.
    until(lambda: count() >= before + asked, "the count")
    assert count() == before + asked


def test_histograms_add_up(probe):
    probe.ask("/probe/query?id=1")
    found = series(probe.ask("/metrics").text)
    counts = [key for key in found if re.match(r"[a-z_]+_seconds_count", key)]
    assert len(counts) > 5
    for key in counts:
        name, _, labels = key.partition("{")
        labels = labels.rstrip("}") + "," if labels else ""
        stem = name.removesuffix("_count") + "_bucket{" + labels
        steps = [value for step, value in found.items() if step.startswith(stem + 'le="')]
        assert steps == sorted(steps)
        assert steps[-1] == found[f'{stem}le="+Inf"}}'] == found[key]


def test_metrics_can_have_a_port_of_their_own(behind_proxy):
    port = int(behind_proxy.settings["MARTLET_METRICS_PORT"])
    for path in ("/metrics", "/healthz", "/readyz"):
        assert behind_proxy.ask(path, host="shops.example").status == 404
        # Monitors ask by address.
        assert ask(port, path, host="10.1.2.3:9090").status == 200
    assert "http_requests_total" in ask(port, "/metrics").text
    assert ask(port, "/pricing", host="shops.example").status == 404


# Preferences.


def choose(server, **fields):
    return server.ask(
        "/preferences", "Content-Type: application/x-www-form-urlencoded", method="POST",
        body=urllib.parse.urlencode(fields).encode(),
    )  # fmt: skip


def test_a_chosen_language_and_theme_stay(plain):
    language = choose(plain, language="fa", return_to="/pricing?x=1")
    assert (language.status, language["location"]) == (303, "/pricing?x=1")
    theme = choose(plain, theme="dark", return_to="/")
    cookies = [answer["set-cookie"] for answer in (language, theme)]
    for cookie in cookies:
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    cookie = "; ".join(cookie.split(";")[0] for cookie in cookies)
    page = plain.ask("/pricing", f"Cookie: {cookie}", "Accept-Language: en").text
    assert '<html lang="fa" dir="rtl"' in page and "dark" in page.split(">", 2)[1]


def test_a_language_that_is_not_ours_changes_nothing(plain):
    answer = choose(plain, language="../../etc", return_to="/pricing")
    assert (answer.status, answer["set-cookie"], answer["location"]) == (303, None, "/pricing")


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "///evil.example", "https://evil.example", "http:evil.example",
        "\\\\evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example",
        "javascript:alert(1)", "evil.example", "", " //evil.example", "/x\r\nSet-Cookie: a=b",
        "\x00//evil.example", "/\u2028/evil",
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(address, plain):
    answer = choose(plain, theme="dark", return_to=address)
    assert answer.status in (303, 400, 422)
    if answer.status == 303:
        location = answer["location"]
        assert location == "/" or (address == "/\u2028/evil" and location.startswith("/"))
        assert not re.match(r"/[/\\\s]", location)
    assert "a=b" not in (answer["set-cookie"] or "")


def test_an_encoded_address_stays_a_path(plain):
    assert choose(plain, theme="dark", return_to="/%0d%0aX: y")["location"] == "/"
    location = choose(plain, theme="dark", return_to="/%0d%0aX:y")["location"]
    assert location == "/%0d%0aX:y"
