"""What somebody may try who has seen good requests pass, or who may speak to the web server only."""

import urllib.parse

import pytest

from harness import Pool, client
from support import cdata, command, customer, unique


@pytest.mark.parametrize("kind", ["xml", "json"])
def test_an_event_sent_again_as_a_verification_is_not_told(site, port, watch, kind):
    secret = unique("ticket")
    text = command(site, "suite_ticket", cdata("SuiteTicket", secret))
    if kind == "json":
        text = f'{{"SuiteId":"{site.settings.suite_id}","InfoType":"suite_ticket","SuiteTicket":"{secret}"}}'
    crafted = site.sim.craft(route="command", method="POST", message=text)
    for path in ("/api/v1/wecom/command", "/api/v1/wecom/callback"):
        watch.renew()
        echo = urllib.parse.quote(crafted["cipher"], safe="")
        answer = client.request(port, "GET", f"{path}?{crafted['query']}&echostr={echo}")
        watch.assert_refused(answer, 400, secret)
        assert secret not in answer.text


@pytest.mark.parametrize("echo", ["<echo> & 'more'", "{5}", "<xml>"])
def test_an_echo_that_only_looks_like_an_event_comes_back(site, port, echo):
    answer = site.sim.verify(port, "command", echo)
    assert (answer.status, answer.body) == (200, echo.encode())


def test_request_line_in_absolute_form(site, port):
    crafted = site.sim.craft(route="command", method="POST", message=customer(site))
    head = (f"POST http://callback.example{site.sim.target(crafted)} HTTP/1.1\r\nHost: callback.example\r\n"
            f"Connection: close\r\nContent-Length: {len(crafted['body'].encode())}\r\n\r\n")
    answer = client.raw_request(port, (head + crafted["body"]).encode())
    assert (answer.status, answer.body) == (200, b"success")


def test_a_spool_that_everybody_may_empty_is_refused(site):
    folder = site.settings.account.make_folder(site.folder / "open", 0o777)
    other = Pool(site.folder / "check", site.settings.account, site.pool.program, site.settings.path,
                 environment={"WECOM_SPOOL_DIR": str(folder), "WECOM_SPOOL_MAX_BYTES": "1000000"})
    code, output = other.check()
    assert code == 78
    assert output == f"WECOM_SPOOL_DIR: everybody can write to the folder {folder}: chmod 700 it\n"
    folder.chmod(0o700)
    assert other.check()[0] == 0


def test_a_role_that_cannot_store_is_told(site):
    other = Pool(site.folder / "check", site.settings.account, site.pool.program, site.settings.path,
                 environment={"WECOM_DATABASE": site.cluster.conninfo("wecom_web", site.database)})
    assert other.check() == (78, "WECOM_DATABASE: this role may not call wecom.ingest: connect as wecom_callback, or a "
                                 "member of it\n")
