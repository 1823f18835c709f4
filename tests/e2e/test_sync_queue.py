"""Jobs: parked and freed, replayed, shared by daemons, taken over from the dead, and soon after their event."""

import statistics
import time

import pytest

from harness import wait_until
from support import cdata, command, unique
from sync_kit import GET_CHAT, Calls, corps_of, deed, drift, first_corp, jobs, one, quiet_site, roster, settle, values


@pytest.fixture(scope="module")
def site(cluster, build):
    with quiet_site(cluster, build, corps=2, serve={"chats": "1"}) as made:
        yield made


@pytest.fixture
def daemon(site):
    """The first daemon, running; the only one."""
    for other in site.daemons[1:]:
        other.close()
    del site.daemons[1:]
    if not site.daemons[0].alive:
        site.daemons[0].start()
    return site.daemons[0]


def some_chat(site, corp=None):
    """A chat about which everything is told and read."""
    corp = corp or first_corp(site)
    site.resync(corp, "chat")
    settle(site)
    return values(site, "select chat_id from mirror.group_chat where auth_corp_id = %s and dismissed_at is null", corp)[0]


class TestParked:
    def test_a_reason_and_the_way_out(self, site, daemon):
        """48002: a permission is missing; a person must act."""
        corp = first_corp(site)
        site.serve.fault("errcode", code=48002, count=1000, api="externalcontact/get_corp_tag_list", corp=corp)
        site.resync(corp, "tag")
        wait_until(lambda: jobs(site, "state = 'parked'"), 20, "the parked job")
        (found, kind, target, _, told), = jobs(site, "state = 'parked'")
        assert (found, kind, target) == (corp, "tag", "") and "48002" in told and len(told) > 30
        # it is not asked again by itself
        with Calls(site) as made:
            time.sleep(2)
        assert made["externalcontact/get_corp_tag_list"] == 0
        # nor by every event
        site.serve.fault("all", share=0)
        site.serve.ask(do="api_reset")
        assert site.unpark(corp, "tag", "") == 1
        settle(site)
        assert jobs(site) == []
        assert daemon.alive

    def test_others_go_on(self, site, daemon):
        corp = first_corp(site)
        site.serve.fault("errcode", code=48002, count=1000, api="externalcontact/get_corp_tag_list", corp=corp)
        site.resync(corp, "tag")
        wait_until(lambda: jobs(site, "state = 'parked'"), 20, "the parked job")
        held = one(site, "select count(*) from mirror.member where auth_corp_id = %s", corp)
        deed(site, "create_user")
        wait_until(lambda: one(site, "select count(*) from mirror.member where auth_corp_id = %s", corp) > held, 15,
                   "the new member")
        site.serve.ask(do="api_reset")
        assert daemon.alive
        site.unpark(corp, "tag")
        settle(site)


class TestReplay:
    def test_it_changes_nothing_that_is_right(self, site, daemon):
        corp = first_corp(site)
        chat = some_chat(site)
        for _ in range(3):
            deed(site, "join")
        site.resync(corp, "chat", chat)
        settle(site)
        ledger = site.rows("select count(*) from wecom.group_chat_ledger where auth_corp_id = %s", (corp,))
        n = one(site, "select wecom.replay(%s, now() - interval '1 hour', now() + interval '1 hour')", corp)
        assert n > 0
        settle(site, 60)
        assert site.rows("select count(*) from wecom.group_chat_ledger where auth_corp_id = %s", (corp,)) == ledger
        assert daemon.alive

    def test_it_puts_right_what_was_lost(self, site, daemon):
        """Somebody deleted rows of the mirror by hand."""
        corp = first_corp(site)
        deed(site, "edit")
        settle(site)
        site.rows("update wecom.customer set name = 'wrong' where auth_corp_id = %s returning 1", (corp,))
        assert drift(site)
        site.resync(corp, "customer")
        settle(site)
        assert daemon.alive


def test_a_resync_of_everything_is_calm(site, daemon):
    """What is right already: read, compared, no drift, no change of a row."""
    drift = site.rows("select coalesce(sum(n), 0) from wecom.counter where name like 'drift%%'")
    for corp in corps_of(site):
        site.resync(corp)
    settle(site, 60)
    assert site.rows("select coalesce(sum(n), 0) from wecom.counter where name like 'drift%%'") == drift
    assert daemon.alive


class TestDaemons:
    def test_two_share_the_work(self, site, daemon):
        second = site.add_daemon()
        for _ in range(5):
            for corp in corps_of(site):
                for kind in ("join", "leave", "edit", "update_tag"):
                    deed(site, kind, corp)
        for corp in corps_of(site):
            site.resync(corp)
        settle(site, 60)
        assert site.serve.violations() == {}
        # each event was applied once: the ledger knows no entry twice
        assert site.rows("""select chat_id, member_id, event_id, action, count(*) from wecom.group_chat_ledger
            where event_id is not null group by 1, 2, 3, 4 having count(*) > 1""") == []
        assert daemon.alive and second.alive

    def test_one_token_refresh_for_all(self, site, daemon):
        site.add_daemon()
        site.serve.revoke_tokens()
        before = site.serve.answered("service/get_corp_token")
        for corp in corps_of(site):
            site.resync(corp)
        settle(site, 60)
        assert site.serve.answered("service/get_corp_token") - before <= len(corps_of(site))
        assert daemon.alive

    @pytest.mark.parametrize("way", ["kill", "stop"])
    def test_the_work_of_one_that_ends_is_taken_over(self, site, daemon, way):
        corp = first_corp(site)
        chat = some_chat(site)
        site.serve.set(latency_ms=5000)
        site.resync(corp, "chat", chat)
        wait_until(lambda: jobs(site, "state = 'leased'"), 10, "a leased job")
        if way == "kill":
            daemon.kill()
        else:
            began = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - began < 10
            assert jobs(site, "state = 'leased'") == []
        site.serve.set(latency_ms=0)
        began = time.monotonic()
        site.add_daemon()
        settle(site, 40)
        print(f"after {way}: taken over in {time.monotonic() - began:.1f} s")

    def test_a_thawed_one_writes_nothing(self, site, daemon):
        """Frozen in the middle of a pull; another one does the work and more; then it wakes up with its old answer."""
        chat = some_chat(site)
        site.serve.set(latency_ms=5000)
        site.resync(first_corp(site), "chat", chat)
        wait_until(lambda: jobs(site, "state = 'leased'"), 10, "a leased job")
        time.sleep(0.5)
        daemon.freeze()
        try:
            time.sleep(2)
            site.serve.set(latency_ms=0)
            second = site.add_daemon()
            wait_until(lambda: jobs(site) == [], 30, "the other one's work")
            members = roster(site, chat)
            deed(site, "join")
            wait_until(lambda: roster(site, chat) != members, 15, "the next event")
            newer = site.rows("select member_version, synced_at from mirror.group_chat where chat_id = %s", (chat,))
        finally:
            daemon.thaw()
        time.sleep(2)
        assert site.rows("select member_version, synced_at from mirror.group_chat where chat_id = %s", (chat,)) == newer
        assert daemon.alive and second.alive
        site.resync(first_corp(site), "chat", chat)
        settle(site)

    def test_the_database_goes_and_comes_back(self, cluster, site, daemon):
        chat = some_chat(site)
        cluster.stop("immediate")
        try:
            deed(site, "join")
            time.sleep(1)
            assert daemon.alive
        finally:
            cluster.start()
        site.drained(40)
        site.resync(first_corp(site), "chat", chat)
        settle(site)
        assert daemon.alive


def test_a_look_that_had_to_wait_does_not_put_off_the_next(site, daemon):
    """The search for what became due long ago takes a twentieth of the time: not of one bad moment's, for minutes."""
    corp, chat = first_corp(site), some_chat(site)
    # the figures of reports, too: a job that is due soon would bring the corp before the daemon's eyes
    wait_until(lambda: one(site, "select count(*) from wecom.job") == 0, 40, "a queue without any job")
    with site.cluster.connect(database=site.database, autocommit=False) as blocker:
        cursor = blocker.cursor()
        # not every look is such a search: four of them in a row are hardly all the other kind
        for _ in range(4):
            cursor.execute("lock table wecom.corp_due")
            time.sleep(2)
            blocker.commit()
            time.sleep(0.3)
        cursor.execute("select wecom.resync(%s, 'chat', %s)", (corp, chat))
        cursor.execute("update wecom.job set due_at = due_at - interval '1 minute' where auth_corp_id = %s", (corp,))
        # as it would be by now: a corp's due row is never behind its jobs
        cursor.execute("update wecom.corp_due set due_at = (select min(due_at) from wecom.job where auth_corp_id = %s) "
                       "where auth_corp_id = %s", (corp, corp))
        blocker.commit()
    wait_until(lambda: jobs(site) == [], 60, "the job that was due a minute ago", patience=1)
    assert daemon.alive


def test_from_event_to_mirror(site, daemon):
    """A member event is in the mirror within a second; the bound here only says that it is not a matter of minutes."""
    chat = some_chat(site)
    site.drained(20)
    times = []
    for _ in range(8):
        before = roster(site, chat)
        began = time.monotonic()
        deed(site, "join")
        wait_until(lambda held=before: roster(site, chat) != held, 15, "the member", 0.005)
        times.append(time.monotonic() - began)
        time.sleep(0.3)
    print(f"\nevent to mirror: median {statistics.median(times) * 1000:.0f} ms, most {max(times) * 1000:.0f} ms")
    assert daemon.alive
    assert max(times) < 60


def test_events_for_a_corp_nobody_knows_stop_nothing(site, daemon):
    strangers = [unique("wpNobody") for _ in range(5)]
    for corp in strangers:
        site.sim.post(site.port, command(site, "change_external_chat", cdata("ChangeType", "create"),
                                         cdata("ChatId", unique("wr")), corp=corp))
    wait_until(lambda: len(jobs(site, "auth_corp_id like 'wpNobody%%'")) == 5, 10, "their jobs")
    chat = one(site, "select chat_id from mirror.group_chat where auth_corp_id = %s", first_corp(site))
    before = roster(site, chat)
    with Calls(site) as made:
        deed(site, "join")
        wait_until(lambda: roster(site, chat) != before, 10, "the join")
    assert made[GET_CHAT] == 0
    assert daemon.alive
    # they wait for an authorisation that may still come
    assert len(jobs(site, "auth_corp_id like 'wpNobody%%' and state = 'due'")) == 5
    site.rows("delete from wecom.job where auth_corp_id = any(%s) returning 1", (strangers,))
