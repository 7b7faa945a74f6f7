"""Our HTTP client against Caddy: TLS by Caddy's own authority, HTTP/2, connections used again."""

import json

import caddies
import pytest
from serving import free_port

CADDYFILE = """\
{{
  admin off
  auto_https disable_redirects
  skip_install_trust
  storage file_system {folder}/data
  log {{
    output discard
  }}
}}
https://localhost:{port} {{
  tls internal
  log {{
    output file {folder}/access.log
    format json
  }}
  respond /echo "{{http.request.proto}} {{http.request.uri.query}}"
  respond /missing "none" 404
  handle /method {{
    respond "{{http.request.method}} {{http.request.body}}"
  }}
}}
"""


class Caddy:
    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.url = f"https://localhost:{port}"
        self.authorities = folder / "data" / "pki" / "authorities" / "local" / "root.crt"

    def requests(self):
        lines = (self.folder / "access.log").read_text().splitlines()
        return [json.loads(line)["request"] for line in lines]


@pytest.fixture(scope="module")
def caddy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("caddy")
    caddy = Caddy(folder, free_port())
    config = folder / "Caddyfile"
    config.write_text(CADDYFILE.format(folder=folder, port=caddy.port))
    with caddies.caddy(config, folder, caddy.port):
        yield caddy


def job(caddy, *paths, **more):
    urls = [caddy.url + path for path in paths]
    return {"urls": urls, "authorities": str(caddy.authorities), **more}


def test_speaks_http_2_over_one_connection(net_probe, caddy):
    reports = net_probe("http", job(caddy, *[f"/echo?{number}" for number in range(50)]))
    assert [one["body"] for one in reports] == [f"HTTP/2.0 {number}" for number in range(50)]
    assert all(one["usedHTTP2"] and one["status"] == 200 for one in reports)
    asked = [one for one in caddy.requests() if one["uri"].startswith("/echo")]
    assert len({one["remote_port"] for one in asked}) == 1


def test_brings_statuses_and_sends_bodies_over_http_2(net_probe, caddy):
    assert net_probe("http", job(caddy, "/missing"))[0]["status"] == 404
    sent = net_probe("http", job(caddy, "/method", method="PUT", body="x" * 100_000))
    assert sent[0]["body"] == "PUT " + "x" * 100_000


def test_does_not_talk_to_a_server_whose_authority_it_does_not_know(net_probe, caddy):
    before = len(caddy.requests())
    report = net_probe("http", {**job(caddy, "/echo", method="POST"), "authorities": None})[0]
    assert (report["failure"], report["outcome"]) == ("tls", "notReceived")
    assert len(caddy.requests()) == before


def test_takes_no_proxy_from_the_environment(net_probe, caddy):
    # Nobody listens there.
    proxies = dict.fromkeys(["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"], "http://127.0.0.1:1")
    report = net_probe("http", job(caddy, "/echo?7"), **proxies)[0]
    assert report["body"] == "HTTP/2.0 7"
