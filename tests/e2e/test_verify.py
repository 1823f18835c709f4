"""GET: the console checks a callback URL (protocol section 3).  The answer is the echo, byte for byte."""

import pytest

from harness import client

ROUTES = ["command", "data", "system"]


@pytest.mark.parametrize("route", ROUTES)
def test_echo_comes_back_exactly(site, port, route):
    answer = site.sim.verify(port, route, "4211239187493810512")
    assert (answer.status, answer.body) == (200, b"4211239187493810512")


@pytest.mark.parametrize("raw_plus", [False, True], ids=["escaped", "raw"])
def test_plus_in_echostr_raw_or_escaped(site, port, raw_plus):
    for attempt in range(200):
        crafted = site.sim.craft(route="command", method="GET", message=f"{attempt}7000000000000000000")
        if "+" in crafted["cipher"]:
            break
    assert "+" in crafted["cipher"]
    assert ("+" in crafted["query_raw_plus"]) and ("+" not in crafted["query"])
    answer = client.request(port, "GET", site.sim.target(crafted, raw_plus))
    assert (answer.status, answer.body) == (200, f"{attempt}7000000000000000000".encode())


def test_the_suite_id_is_tolerated_as_receiver(site, port):
    answer = site.sim.verify(port, "command", "12345", receiveid=site.settings.suite_id)
    assert (answer.status, answer.body) == (200, b"12345")


@pytest.mark.parametrize("receiveid", ["", "ww0000000000000000", "wpSomeCorp"])
def test_another_receiver_is_refused(site, port, watch, receiveid):
    answer = site.sim.verify(port, "command", "123456789012", receiveid=receiveid)
    watch.assert_refused(answer, 400, "123456789012")
    assert b"123456789012" not in answer.body


def test_wrong_signature_is_refused(site, port, watch):
    answer = site.sim.verify(port, "data", "123456789012", signature="0" * 40)
    watch.assert_refused(answer, 403, "123456789012")


def test_parameters_in_another_order_and_others_beside_them(site, port):
    crafted = site.sim.craft(route="command", method="GET", message="998877665544")
    parts = ["corpid=wpX", *reversed(crafted["query"].split("&")), "corpid=wpY", "empty="]
    answer = client.request(port, "GET", crafted["path"] + "?" + "&".join(parts))
    assert (answer.status, answer.body) == (200, b"998877665544")


def test_nonce_and_timestamp_are_text(site, port):
    answer = site.sim.verify(port, "command", "55", nonce="a0Z-_.x", timestamp="0001710000000")
    assert (answer.status, answer.body) == (200, b"55")


def test_headers(site, port):
    answer = site.sim.verify(port, "command", "123")
    assert answer.headers["content-type"].startswith("text/plain")
    # Apache trusts no length from behind and may chunk
    assert answer.headers.get("content-length", "3") == "3"
    assert "set-cookie" not in answer.headers and "x-powered-by" not in answer.headers


def test_verification_stores_nothing(site, port, watch):
    assert site.sim.verify(port, "data", "31337").status == 200
    line = site.pool.wait_requests(1, watch.mark)[0]
    assert (line["status"], line["method"]) == ("200", "GET")
    watch.assert_untouched("31337")
