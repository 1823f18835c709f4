"""A repeat is found by its content, counted, and never a second row; different events of one second never collide."""

import json
import subprocess
import sys

from harness import client
from support import Load, cdata, command, customer, in_parallel, message, now, unique

POSTER = """
import http.client, json, sys
job = json.load(sys.stdin)
for target, body in job["requests"]:
    connection = http.client.HTTPConnection("127.0.0.1", job["port"], timeout=20)
    connection.request("POST", target, body.encode(), {"Content-Type": "text/xml"})
    answer = connection.getresponse()
    print(answer.status, answer.read().decode())
    connection.close()
"""


def test_encrypted_anew(site, port, watch):
    corp = unique("wp")
    text = customer(site, corp)
    for _ in range(3):
        assert site.sim.post(port, text).body == b"success"
    assert watch.one_row(corp)["deliveries"] == 3
    # workers write side by side
    assert sorted(line["deliveries"] for line in site.pool.wait_requests(3, watch.mark)) == ["1", "2", "3"]


def test_layout_does_not_matter(site, port, watch):
    corp, at = unique("wp"), now()
    plain = command(site, "change_external_chat", cdata("ChangeType", "create"), cdata("ChatId", "wrA"), corp=corp, at=at)
    spaced = plain.replace("><", ">\r\n\t<").replace("<![CDATA[", "").replace("]]>", "")
    for text in (plain, spaced):
        assert site.sim.post(port, text).body == b"success"
    assert watch.one_row(corp)["deliveries"] == 2


def test_one_value_more_is_another_event(site, port):
    corp, at = unique("wp"), now()
    first = command(site, "change_external_chat", cdata("ChangeType", "update"), cdata("ChatId", "wrA"), corp=corp, at=at)
    second = first.replace("</xml>", "<JoinScene>0</JoinScene></xml>")
    swapped = command(site, "change_external_chat", cdata("ChatId", "wrA"), cdata("ChangeType", "update"), corp=corp, at=at)
    for text in (first, second, swapped):
        assert site.sim.post(port, text).body == b"success"
    # names and values in order are the identity (design section 3)
    assert site.rows("select count(*), max(deliveries) from mirror.event where auth_corp_id = %s", (corp,)) == [(3, 1)]


def test_same_second_different_events(site, port):
    corp, at = unique("wp"), now()
    texts = [customer(site, corp, at=at) for _ in range(40)]
    crafted = [site.sim.craft(route="command", method="POST", message=text) for text in texts]
    answers = in_parallel([lambda c=c: client.request(port, "POST", site.sim.target(c), c["body"]) for c in crafted])
    assert {(answer.status, answer.body) for answer in answers} == {(200, b"success")}
    assert site.rows("select count(*), max(deliveries) from mirror.event where auth_corp_id = %s", (corp,)) == [(40, 1)]


def test_same_content_of_two_corps_is_two_events(site, port):
    at, first, second = now(), unique("wp"), unique("wp")
    for corp in (first, second):
        text = command(site, "change_external_chat", cdata("ChangeType", "create"), cdata("ChatId", "wrSame"), corp=corp, at=at)
        assert site.sim.post(port, text).body == b"success"
    rows = site.rows("select deliveries from mirror.event where auth_corp_id in (%s, %s)", (first, second))
    assert rows == [(1,), (1,)]


def test_without_a_usable_time_repeats_are_found(site, port, watch):
    for stamp in ("", "<TimeStamp>soon</TimeStamp>", "<TimeStamp>99999999999999999999</TimeStamp>", "<TimeStamp>-5</TimeStamp>"):
        corp = unique("wp")
        text = message(cdata("SuiteId", site.settings.suite_id), cdata("AuthCorpId", corp), cdata("InfoType", "change_auth"),
                       stamp)
        for _ in range(2):
            assert site.sim.post(port, text).body == b"success"
        row = watch.one_row(corp)
        assert (row["deliveries"], row["event_at"].year) == (2, 1970)


def test_fifty_times_from_eight_processes(site, port, watch):
    """Every delivery is encrypted anew; one row remains, and it knows how often it came."""
    corp = unique("wp")
    text = customer(site, corp)
    shares = [[] for _ in range(8)]
    for i in range(50):
        crafted = site.sim.craft(route="command", method="POST", message=text)
        shares[i % 8].append((site.sim.target(crafted), crafted["body"]))
    posters = [subprocess.Popen([sys.executable, "-c", POSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for _ in shares]
    for poster, share in zip(posters, shares):
        poster.stdin.write(json.dumps({"port": port, "requests": share}))
        poster.stdin.close()
    said = [line for poster in posters for line in poster.stdout.read().splitlines()]
    assert [poster.wait(30) for poster in posters] == [0] * 8
    assert said == ["200 success"] * 50
    assert watch.one_row(corp)["deliveries"] == 50


def test_a_ledger_under_load(site, port):
    with Load(site, port, threads=8) as load:
        load.reach(50)
    assert load.failures == []
    load.assert_nothing_lost()
    assert len(load.stored()) == len(load.acknowledged)
