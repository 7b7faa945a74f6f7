"""A stranger's name that stands for a public address first, and for one of ours a moment later."""

import json

import pytest
from own_network import run_in_own_network

PUBLIC, ALSO_PUBLIC = "93.184.216.34", "2606:2800:220:1::1"
OURS = ["10.0.0.1", "169.254.169.254", "100.64.0.1", "fd00:ec2::254"]
REFUSED = [*OURS, "127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]


@pytest.fixture
def ask_twice(net_probe_program):
    def ask(*answers, untrusted=True):
        urls = ["http://shop.example.com/first", "http://shop.example.com/second"]
        told = run_in_own_network(
            net_probe_program, "http", stdin=json.dumps({"urls": urls, "untrusted": untrusted}),
            addresses=[PUBLIC, ALSO_PUBLIC, *OURS], answers=answers,
        )  # fmt: skip
        return json.loads(told["output"]), told["connected"], told["asked"]

    return ask


@pytest.mark.parametrize("address", REFUSED)
def test_a_name_that_changes_to_a_refused_address_is_not_followed(address, ask_twice):
    (first, second), connected, asked = ask_twice([PUBLIC], [address])
    assert (first["status"], first["body"]) == (200, PUBLIC)
    assert (second["failure"], second["outcome"]) == ("destinationRefused", "notReceived")
    assert connected == [PUBLIC]
    assert asked == 2


def test_a_name_that_changes_to_another_public_address_is_followed(ask_twice):
    (first, second), connected, _ = ask_twice([PUBLIC], [ALSO_PUBLIC])
    assert [first["body"], second["body"]] == connected == [PUBLIC, ALSO_PUBLIC]


@pytest.mark.parametrize("address", REFUSED)
def test_a_refused_address_among_others_is_not_tried(address, ask_twice):
    reports, connected, _ = ask_twice([address, PUBLIC])
    assert set(connected) <= {PUBLIC}
    refused_or_public = {("destinationRefused", ""), (None, PUBLIC)}
    assert {(report.get("failure"), report["body"]) for report in reports} <= refused_or_public


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1"])
def test_only_the_filter_keeps_them_from_being_reached(address, ask_twice):
    reports, connected, _ = ask_twice([address], untrusted=False)
    assert {report["body"] for report in reports} == set(connected) == {address}
