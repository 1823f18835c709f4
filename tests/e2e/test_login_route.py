"""The login app's own route: its own Token and key, its events and no other suite's; without the keys it is not there."""

import pytest

from harness import HarnessError, Site, client
from support import STORED, Watch, cdata, command, now, unique

PATH = "/api/v1/wecom/login"


@pytest.fixture(scope="module")
def login_suite(site):
    return site.settings.values["WECOM_LOGIN_SUITE_ID"]


@pytest.fixture(scope="module")
def site(cluster, build):
    """The other tests' site has no login app."""
    with Site(build=build, cluster=cluster, web=("nginx", "apache"), login=True, login_keys=True, WECOM_WORKERS="2",
              **STORED) as made:
        yield made


def ticket(site, value, suite, at=None):
    return command(site, "suite_ticket", cdata("SuiteTicket", value), suite=suite, at=at)


def tickets(site):
    rows = site.rows("select auth_corp_id, sealed from wecom.secret where kind = 'suite_ticket'")
    return {corp: bytes(sealed) for corp, sealed in rows}


def test_its_ticket_is_kept_under_its_own_suite(site, port, watch, login_suite):
    value, at = unique("LoginTicketInClear"), now()
    assert site.sim.post(port, ticket(site, unique("AppTicketInClear"), site.settings.suite_id, at)).body == b"success"
    before = tickets(site)
    at = 60 + max([at, *(row[0] for row in site.rows(
        "select extract(epoch from secret_at)::bigint from wecom.secret where auth_corp_id = %s", (f"suite:{login_suite}",)))])
    assert site.sim.post(port, ticket(site, value, login_suite, at), "login").body == b"success"
    kept = tickets(site)
    assert set(kept) == {f"suite:{site.settings.suite_id}", f"suite:{login_suite}"}
    assert kept[f"suite:{site.settings.suite_id}"] == before[f"suite:{site.settings.suite_id}"]
    assert kept[f"suite:{login_suite}"] != before.get(f"suite:{login_suite}")
    bodies = site.rows("select route, body::text from mirror.event where auth_corp_id = %s and event_at = to_timestamp(%s)",
                       (f"suite:{login_suite}", at))
    assert [row[0] for row in bodies] == ["command"]
    assert "InClear" not in bodies[0][1] and "InClear" not in site.pool.text(watch.mark)
    assert not any(b"InClear" in sealed for sealed in kept.values())
    assert site.settings.leaked(site.pool.text(watch.mark)) == []


def test_the_console_checks_the_url(site, port, login_suite):
    """Meant for the provider, or for the login suite; a receiver of the app's own is another's."""
    assert site.sim.verify(port, "login", "4211239187").body == b"4211239187"
    assert site.sim.verify(port, "login", "4211239188", receiveid=login_suite).body == b"4211239188"


@pytest.mark.parametrize("receiveid", ["", "the app", "wpSomeCorp"])
def test_another_receiver_is_refused(site, port, watch, receiveid):
    receiveid = site.settings.suite_id if receiveid == "the app" else receiveid
    watch.assert_refused(site.sim.verify(port, "login", "123456789012", receiveid=receiveid), 400, "123456789012")


@pytest.mark.parametrize("route, path", [("command", PATH), ("system", PATH), ("login", "/api/v1/wecom/command"),
                                         ("login", "/api/v1/wecom/callback"), ("login", "/api/v1/wecom/system")])
def test_the_accounts_are_apart(site, port, watch, login_suite, route, path):
    """Signed with another path's Token, nothing passes."""
    crafted = site.sim.craft(route=route, method="POST", message=ticket(site, "TicketInClear", login_suite), receiveid=login_suite)
    watch.assert_refused(client.request(port, "POST", f"{path}?{crafted['query']}", crafted["body"]), 403, "TicketInClear")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_another_key_is_refused(site, port, watch, login_suite, method):
    """Its own Token with the app's key: the signature is right, and nothing can be read."""
    crafted = site.sim.craft(route="login", method=method, message=ticket(site, "TicketInClear", login_suite),
                             aes_key=site.settings.aes_key)
    body = crafted["body"] if method == "POST" else None
    watch.assert_refused(client.request(port, method, site.sim.target(crafted), body), 400, "TicketInClear")


@pytest.mark.parametrize("inside, receiveid", [("app", "app"), ("app", "login"), ("login", "app"), ("other", "login")])
def test_events_of_another_suite_are_refused(site, port, watch, login_suite, inside, receiveid):
    """Whoever holds the login app's keys can bring the app's own tickets and authorisations nowhere."""
    ids = {"app": site.settings.suite_id, "login": login_suite, "other": "ww0000000000000000"}
    message = ticket(site, "TicketInClear", ids[inside])
    watch.assert_refused(site.sim.post(port, message, "login", receiveid=ids[receiveid]), 400, "TicketInClear")


def test_an_event_is_not_echoed(site, port, watch, login_suite):
    message = ticket(site, "TicketInClear", login_suite)
    answer = site.sim.verify(port, "login", message, receiveid=login_suite)
    watch.assert_refused(answer, 400, "TicketInClear")
    assert b"TicketInClear" not in answer.body


@pytest.mark.parametrize("is_named", [True, False], ids=["a login app without keys", "no login app"])
def test_without_keys_it_is_not_there(new_site, is_named):
    own = new_site(web=("nginx", "apache"), login=is_named)
    suite = own.settings.values.get("WECOM_LOGIN_SUITE_ID", "wwNone")
    for name in ("nginx", "apache"):
        port, watch = own.web[name].port, Watch(own)
        for method in ("GET", "POST"):
            crafted = own.sim.craft(route="command", method=method, message=ticket(own, "TicketInClear", suite), receiveid=suite)
            answer = client.request(port, method, f"{PATH}?{crafted['query']}", crafted["body"] if method == "POST" else None)
            watch.assert_refused_or_at_the_door(answer, 404)
        # then it has the app's Token, key and path
        answer = own.sim.post(port, ticket(own, unique("ticket"), suite), receiveid=suite)
        assert answer.status == (200 if is_named else 400), answer


def test_keys_without_the_app_are_a_fault(new_site):
    """Somebody who set them expects a route; the pool does not start without one."""
    with pytest.raises(HarnessError, match="WECOM_LOGIN_TOKEN_FILE is set, but not WECOM_LOGIN_SUITE_ID"):
        new_site(web=("nginx",), login_keys=True)
