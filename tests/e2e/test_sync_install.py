"""Authorisation end to end: ticket, code, permanent code, backfill, change, reset, suspension, cancel and purge, return."""

import time

import pytest

from harness import wait_until
from support import cdata, command, now, unique
from sync_kit import (MIRRORED, Calls, corp_of, corps_of, deed, first_corp, jobs, one, quiet_site, settle, truth_corp,
                      wait_installed)

EXCHANGE = "service/v2/get_permanent_code"
# its line, and the number of its lease: an older daemon must never count as the newer one
LEFT = {"corp": 1, "lease": 1}


@pytest.fixture(scope="module")
def site(cluster, build):
    with quiet_site(cluster, build, corps=2) as made:
        yield made


def state_of(site, corp):
    return one(site, "select state from mirror.corp where auth_corp_id = %s", corp)


def rows_of(site, corp):
    """Rows of a corp in every mirror view but its own line."""
    found = {}
    for (view,) in site.rows("select table_name from information_schema.tables where table_schema = 'mirror'"):
        if view != "corp":
            found[view] = site.rows(f"select count(*) from mirror.{view} where auth_corp_id = %s", (corp,))[0][0]
    return {view: n for view, n in found.items() if n}


def tables_of(site, corp):
    """Tables of schema wecom that hold a row of the corp."""
    found = {}
    for (table,) in site.rows("""select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attname = 'auth_corp_id'
            where n.nspname = 'wecom' and c.relkind in ('r', 'p') and not c.relispartition"""):
        found[table] = site.rows(f"select count(*) from wecom.{table} where auth_corp_id = %s", (corp,))[0][0]
    return {table: n for table, n in found.items() if n}


def test_the_backfill_fills_every_view(site):
    for corp in corps_of(site):
        found = rows_of(site, corp)
        assert [view for view in MIRRORED if not found.get(view)] == [], (corp, found)
        row = one(site, "select suite_id, corp_name, agent_id is not null, installed_at is not null, cancelled_at "
                  "from mirror.corp where auth_corp_id = %s", corp)
        assert row[0] == site.settings.suite_id and row[1] and row[2:] == (True, True, None)
    assert jobs(site) == []
    assert site.serve.violations() == {}


def test_the_steps_are_in_the_log(site):
    corp = corp_of(site)
    kinds = {job["kind"] for job in site.daemons[0].jobs(outcome="done") if job["corp"] == corp}
    assert {"corp", "tag", "member_list", "customer_list", "chat_list", "member", "chat"} <= kinds


def test_each_code_is_exchanged_once(site):
    assert site.serve.calls(EXCHANGE) == len(corps_of(site))


def test_change_auth_is_read_again(site):
    corp = corp_of(site)
    with Calls(site) as made:
        deed(site, "permission", corp)
        settle(site)
    assert made["service/v2/get_auth_info"] == 1


def test_reset_permanent_code(site):
    corp = corp_of(site)
    before = one(site, "select encode(sealed, 'hex') from wecom.secret where auth_corp_id = %s and kind = 'permanent_code'", corp)
    with Calls(site) as made:
        deed(site, "reset_permanent_code", corp)
        settle(site)
    after = one(site, "select encode(sealed, 'hex') from wecom.secret where auth_corp_id = %s and kind = 'permanent_code'", corp)
    assert made[EXCHANGE] == 1 and before != after
    # and the new one is the one that is used
    site.serve.revoke_tokens(corp=corp)
    site.resync(corp)
    settle(site)
    assert site.serve.violations() == {}


def test_the_same_code_told_twice_is_exchanged_once(site):
    with Calls(site) as made:
        deed(site, "reset_permanent_code", repeated=True)
        settle(site)
    assert made[EXCHANGE] == 1


def test_a_code_that_is_none_is_parked_with_a_reason(site):
    """40078: somebody else used it, or it is older than ten minutes.  Read, and let go of, it ends without a further call."""
    auth_code = unique("code")
    site.sim.post(site.port, command(site, "create_auth", cdata("AuthCode", auth_code), cdata("State", "")))
    wait_until(lambda: jobs(site, "state = 'parked'"), 20, "the parked job")
    (corp, kind, target, _, told), = jobs(site, "state = 'parked'")
    assert corp == f"suite:{site.settings.suite_id}" and kind == "corp" and target.startswith("code:")
    assert "40078" in told and "install it again" in told and auth_code not in told
    with Calls(site) as made:
        assert site.unpark(corp, kind, target) == 1
        wait_until(lambda: not jobs(site), 20, "the end of the job")
    assert made[EXCHANGE] == 0


class TestSuspension:
    """The API says that the authorisation is gone, and no cancel_auth came."""

    @pytest.fixture
    def corp(self, site):
        yield first_corp(site)
        site.serve.ask(do="api_reset")

    def suspend(self, site, corp, code):
        site.serve.fault("errcode", code=code, count=100000, corp=corp)
        site.resync(corp, "tag")
        wait_until(lambda: state_of(site, corp) == "suspended", 20, "the suspension")

    def come_back(self, site, corp):
        site.serve.ask(do="api_reset")
        site.rows("select wecom.unpark(%s, 'corp', '')", (corp,))
        wait_until(lambda: state_of(site, corp) == "active", 20, "the return")
        settle(site)

    @pytest.mark.parametrize("code", [40084, 48004])
    def test_and_return(self, site, corp, code):
        self.suspend(site, corp, code)
        assert rows_of(site, corp).get("customer")  # nothing is deleted
        calls = site.serve.calls()
        time.sleep(2)
        assert site.serve.calls() - calls <= 4  # it is not asked again and again
        self.come_back(site, corp)

    def test_one_corp_does_not_stop_the_other(self, site, corp):
        second = next(other for other in corps_of(site) if other != corp)
        self.suspend(site, second, 40084)
        members = "select count(*) from mirror.member where auth_corp_id = %s"
        before = one(site, members, corp)
        deed(site, "create_user", corp)
        wait_until(lambda: one(site, members, corp) > before, 15, "the other corp's member")
        self.come_back(site, second)


def test_cancel_purges_and_a_return_is_a_new_life(site):
    corp = corps_of(site)[-1]
    time.sleep(5)  # the order of installation and cancellation must be plain in seconds
    deed(site, "cancel", corp)
    wait_until(lambda: state_of(site, corp) == "cancelled", 20, "the cancellation")
    settle(site)
    assert rows_of(site, corp) == {}
    wait_until(lambda: tables_of(site, corp) == LEFT, 20, "the end of the purge")
    line = one(site, "select suite_id, installed_at is not null, cancelled_at is not null from mirror.corp "
               "where auth_corp_id = %s", corp)
    assert line == (site.settings.suite_id, True, True)
    # what comes late for it is taken and leaves nothing
    left_s = int(one(site, "select extract(epoch from cancelled_at) from mirror.corp where auth_corp_id = %s", corp))
    site.sim.post(site.port, command(site, "change_external_tag", cdata("ChangeType", "delete"), cdata("Id", "et"),
                                     cdata("TagType", "tag"), corp=corp, at=left_s - 1))
    wait_until(lambda: tables_of(site, corp) == LEFT, 20, "the end of what came late")
    assert state_of(site, corp) == "cancelled"
    time.sleep(5)

    deed(site, "install", corp)
    wait_until(lambda: state_of(site, corp) == "active", 20, "the return")
    settle(site)
    assert [view for view in MIRRORED if not rows_of(site, corp).get(view)] == []
    assert one(site, "select cancelled_at from mirror.corp where auth_corp_id = %s", corp) is None


def test_an_event_for_a_corp_not_yet_exchanged_waits(site):
    corp = unique("wpNobody")
    mark = site.pool.mark()
    answer = site.sim.post(site.port, command(site, "change_external_tag", cdata("ChangeType", "shuffle"), cdata("Id", ""),
                                              corp=corp))
    assert answer.body == b"success"
    site.pool.wait_requests(1, mark)
    with Calls(site) as made:
        time.sleep(1)
    assert made.total == 0
    assert jobs(site, f"auth_corp_id = '{corp}'") != []
    site.rows("delete from wecom.job where auth_corp_id = %s returning 1", (corp,))


def test_the_purge_can_wait(cluster, build):
    with quiet_site(cluster, build, WECOM_PURGE_DELAY="15") as site:
        corp = corp_of(site)
        time.sleep(5)
        began = time.monotonic()
        deed(site, "cancel", corp)
        wait_until(lambda: state_of(site, corp) == "cancelled", 20, "the cancellation")
        assert rows_of(site, corp).get("customer")
        # back before it began: nothing is lost, nothing is deleted later, and what nobody told meanwhile is read
        time.sleep(5)
        deed(site, "change_name", corp)
        deed(site, "join", corp)
        deed(site, "install", corp)
        wait_until(lambda: state_of(site, corp) == "active", 20, "the return")
        time.sleep(5)
        settle(site)
        assert site.compare(), site.compare()
        time.sleep(max(5.0, began + 17 - time.monotonic()))
        assert rows_of(site, corp).get("customer")
        deed(site, "cancel", corp)
        wait_until(lambda: state_of(site, corp) == "cancelled", 20, "the cancellation")
        assert rows_of(site, corp).get("customer")
        wait_until(lambda: rows_of(site, corp) == {}, 20, "the purge")


def test_ten_corps_at_once(cluster, build):
    began = time.monotonic()
    with quiet_site(cluster, build, corps=10, installed=False) as site:
        wait_installed(site, 10, 60)
        settle(site, 60)
        assert len(corps_of(site)) == 10
        assert site.serve.violations() == {}
        # one suite token for all
        assert site.serve.calls("service/get_suite_token") == 1
        assert site.serve.calls("service/get_corp_token") == 10
    print(f"ten corps installed and read in {time.monotonic() - began:.1f} s")


def test_two_installs_of_one_corp_at_once(cluster, build):
    """By the market and on a website in the same minute: two codes, one corp."""
    with quiet_site(cluster, build, installed=False, sync=0) as site:
        wait_until(lambda: site.rows("select 1 from wecom.secret where kind = 'auth_code'"), 20, "the first code")
        deed(site, "install", truth_corp(site)["id"])
        wait_until(lambda: len(site.rows("select 1 from wecom.secret where kind = 'auth_code'")) == 2, 20, "the second code")
        site.add_daemon()
        wait_installed(site, 1)
        settle(site)
        assert site.serve.violations() == {}


def test_purge_by_hand(cluster, build):
    with quiet_site(cluster, build) as site:
        corp = corp_of(site)
        site.rows("select wecom.purge(%s)", (corp,))
        wait_until(lambda: rows_of(site, corp) == {}, 20, "the purge")
        # in steps: what nobody sees may go later than what the views show
        wait_until(lambda: set(tables_of(site, corp)) <= set(LEFT), 20, "the rest of the purge")


def test_without_a_ticket_it_waits(cluster, build):
    with quiet_site(cluster, build, installed=False, sync=0) as site:
        wait_until(lambda: site.rows("select 1 from wecom.secret where kind = 'auth_code'"), 20, "the code")
        wait_until(lambda: site.rows("delete from wecom.secret where kind = 'suite_ticket' returning 1"), 20, "the ticket")
        daemon = site.add_daemon()
        time.sleep(1.5)
        assert daemon.alive and corps_of(site) == []
        assert site.serve.calls() == 0
        text = command(site, "suite_ticket", cdata("SuiteTicket", site.serve.dump()["ticket"]), at=now())
        assert site.sim.post(site.port, text).body == b"success"
        # the code's job comes again by itself, with a growing pause
        wait_installed(site, 1, 40)
        settle(site)
