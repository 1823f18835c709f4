"""Tickets and codes: kept sealed, the newer one only, masked in the stored event; secret files that others read are refused."""

from support import STORED, cdata, command, now, unique


def ticket(site, value, at):
    return command(site, "suite_ticket", cdata("SuiteTicket", value), at=at)


def held(site):
    return site.rows("select secret_at, sealed from wecom.secret where kind = 'suite_ticket'")


def test_an_older_ticket_does_not_replace_a_newer(new_site):
    site = new_site(web=("nginx",), **STORED)
    at = now()
    assert site.sim.post(site.port, ticket(site, "TicketOfNow", at)).body == b"success"
    first = held(site)
    assert len(first) == 1
    assert site.sim.post(site.port, ticket(site, "TicketOfBefore", at - 600)).body == b"success"
    assert held(site) == first
    assert site.sim.post(site.port, ticket(site, "TicketOfLater", at + 600)).body == b"success"
    assert held(site) != first and len(held(site)) == 1
    corp = f"suite:{site.settings.suite_id}"
    bodies = site.rows("select body->>'SuiteTicket' from mirror.event where auth_corp_id = %s", (corp,))
    assert len(bodies) == 3 and not any("TicketOf" in body[0] for body in bodies)
    assert "TicketOf" not in site.pool.text()
    assert not any(b"TicketOf" in bytes(row[1]) for row in held(site))


def test_a_ticket_sealed_without_its_clear_value_anywhere(site, port):
    value = unique("ticketInClear")
    assert site.sim.post(port, ticket(site, value, now() + 3600)).body == b"success"
    for table in ("wecom.event", "wecom.secret"):
        assert site.rows(f"select count(*) from {table} t where t::text like %s", (f"%{value}%",)) == [(0,)]


def test_an_auth_code_is_kept_for_the_exchange(site, port):
    code = unique("AuthCodeInClear")
    assert site.sim.post(port, command(site, "create_auth", cdata("AuthCode", code), cdata("State", "s"))).body == b"success"
    assert site.rows("select count(*) from wecom.secret where kind = 'auth_code'")[0][0] >= 1
    assert site.rows("select count(*) from wecom.event t where t::text like %s", (f"%{code}%",)) == [(0,)]
    assert code not in site.pool.text()
