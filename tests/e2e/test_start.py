"""Secret files, log lines and other things that are decided when the pool starts."""

import re

import pytest

from harness import client
from support import cdata, command, customer, unique


def test_request_lines_can_be_turned_off(new_site):
    site = new_site(web=("nginx",), WECOM_LOG_REQUESTS="off")
    mark = site.pool.settled_mark()
    assert site.sim.post(site.port, customer(site)).body == b"success"
    assert site.sim.post(site.port, "rubbish").status == 400
    lines = site.pool.wait_requests(1, mark)
    assert [line["status"] for line in lines] == ["400"]


def test_environment_overrides_the_file(new_site):
    site = new_site(web=("nginx",))
    site.pool.close()
    site.pool.environment = {"PATH": "/usr/bin:/bin", "WECOM_BODY_MAX_BYTES": "2048"}
    site.pool.start()
    crafted = site.sim.craft(route="command", method="POST", message=customer(site))
    assert client.request(site.port, "POST", site.sim.target(crafted), crafted["body"] + " " * 3000).status == 413
    assert client.request(site.port, "POST", site.sim.target(crafted), crafted["body"]).status == 200


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_line_end_after_a_secret_is_ignored(new_site, end):
    site = new_site(web=("nginx",))
    site.pool.close()
    site.account.write(site.settings.values["WECOM_TOKEN_FILE"], site.settings.token + end)
    site.pool.start()
    assert site.sim.post(site.port, customer(site)).body == b"success"


def test_log_lines_of_odd_values_stay_one_line(site, port, watch):
    corp = unique("wp")
    text = command(site, "odd", cdata("ChangeType", 'a"b\\c\n d\t€ status=500 '), corp=corp)
    assert site.sim.post(port, text).body == b"success"
    lines = site.pool.wait_requests(1, watch.mark)
    # others may say something meanwhile; a line that the event had broken would not begin like one
    assert len(lines) == 1
    assert [line for line in site.pool.lines(watch.mark) if not re.match(r"\d{4}-\d\d-\d\dT\S+Z [a-z]+ wecom-callback\[", line)] == []
    assert lines[0]["status"] == "200" and lines[0]["corp"] == corp
