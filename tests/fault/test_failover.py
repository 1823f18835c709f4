"""The primary is lost and its synchronous standby promoted: everything that was acknowledged is on it, exactly once.

The standbys' and the receiver's views are real: streaming replication, `synchronous_standby_names`, two hosts in
WECOM_DATABASE.  A standby that is to be promoted later is sometimes restarted first, so that what the primary had
written but nobody had confirmed is lost for certain.
"""

import pytest

from harness import wait_until
from ledger import Load, wait_drained
from site_kit import Front, backends, customer, is_success, posting, unique


@pytest.fixture
def pair(prepared, site):
    """pair("one", …): (primary, standbys, front): a pool that knows the primary and the first standby."""
    made = []

    def make(*names):
        primary, standbys = prepared.primary(*names)
        made.extend([primary, *standbys])
        hosts = f"host={primary.socket_folder},{standbys[0].socket_folder} port={primary.port}"
        front = Front(site, cluster=primary, database=prepared.database,
                      conninfo=f"{hosts} user=wecom_callback dbname={prepared.database}", WECOM_LOG_REQUESTS="on")
        made.insert(0, front)
        front.__enter__()
        wait_until(lambda: len(backends(front)) == 2, 10, "the workers' connections")
        return primary, standbys, front

    yield make
    for one in made:
        one.close()


def waiting_for_standby(primary):
    """Backends of the receiver that wait for the standby's confirmation."""
    return [row[0] for row in primary.query(
        "select pid from pg_stat_activity where usename = 'wecom_callback' and wait_event = 'SyncRep'",
        database="template1")]


def promote(front, standby):
    """From now on it is the cluster of this front."""
    standby.promote()
    front.cluster = standby


def assert_used_again(front):
    """The receiver has found the writable host by itself."""
    with Load(front) as load:
        wait_until(lambda: len(backends(front)) >= 2, 10, "the workers at the promoted standby")
        load.more(50)
    load.assert_kept(front.cluster)
    load.assert_answered()


def test_primary_killed(pair):
    primary, (standby, _), front = pair("one", "two")
    with Load(front) as load:
        load.more(200)
        primary.kill()
        load.more(100)
        promote(front, standby)
        load.more(100)
    load.assert_kept(standby)
    load.assert_answered()
    assert_used_again(front)


def test_primary_frozen(pair):
    primary, (standby,), front = pair("one")
    with Load(front) as load:
        load.more(200)
        primary.freeze()
        load.more(100)
        promote(front, standby)
        load.more(300)
    load.assert_kept(standby)
    load.assert_answered()
    assert_used_again(front)
    # back from the dead, it would still take a write, but nobody confirms it: the receiver must not be content with it
    primary.thaw()
    assert_used_again(front)


def test_primary_shut_down_while_commits_wait(pair):
    """A commit that waits for the standby is let go by a fast shutdown with a warning, and is not confirmed."""
    primary, (standby,), front = pair("one")
    with Load(front) as load:
        load.more(200)
        standby.freeze()
        waiting = wait_until(lambda: waiting_for_standby(primary), 10, "commits that wait for the standby")
        primary.child.send(2)  # SIGINT: fast shutdown
        wait_until(lambda: "canceling the wait for synchronous replication" in primary.log.read_text(), 10,
                   "the server's word that it lets commits go")
        load.more(50)
        primary.kill()
        standby.kill()
        standby.start()
        promote(front, standby)
        load.more(100)
    assert waiting
    load.assert_kept(standby)
    load.assert_answered()
    assert_used_again(front)


def test_wait_cancelled_and_the_event_repeated(pair):
    """Success with a warning is no acknowledgement; nor is a repeat of an event that only the primary has."""
    primary, (standby,), front = pair("one")
    corp = unique("wp")
    text = customer(front, corp)
    standby.freeze()
    mark = front.pool.mark()
    for _ in range(2):
        with posting(front, text) as answers:
            waiting = wait_until(lambda: waiting_for_standby(primary), 2, "a commit that waits for the standby")
            assert primary.value("select bool_and(pg_cancel_backend(pid)) from unnest(%s) as pid", (waiting,),
                                 database="template1")
        assert is_success(answers[0])
    assert [line["stored"] for line in front.pool.wait_requests(2, mark)] == ["spool", "spool"]
    row = "select count(*)::int, coalesce(sum(deliveries), 0)::int from wecom.event where auth_corp_id = %s"
    # the primary has it, which helps nobody when it is lost
    assert primary.query(row, (corp,))[0][0] == 1
    primary.kill()
    standby.kill()
    standby.start()
    assert standby.query(row, (corp,)) == [(0, 0)]
    promote(front, standby)
    wait_drained(front)
    assert standby.query(row, (corp,))[0] == (1, 2)
    assert_used_again(front)


def test_repeat_waits_for_the_standby(pair):
    """The repeat of a stored event writes WAL, so that its commit waits like the first one's."""
    primary, (standby,), front = pair("one")
    corp = unique("wp")
    text = customer(front, corp)

    def is_stored_at_once():
        first = front.pool.mark()
        assert is_success(front.sim.post(front.port, text))
        return front.pool.wait_requests(1, first)[0]["stored"] == "database"

    wait_until(is_stored_at_once, 10, "the database to take it")
    mark = front.pool.mark()
    standby.freeze()
    try:
        with posting(front, text) as answers:
            wait_until(lambda: waiting_for_standby(primary), 2, "the repeat's commit to wait for the standby")
        assert is_success(answers[0])
    finally:
        standby.thaw()
    assert front.pool.wait_requests(1, mark)[0]["stored"] == "spool"
    wait_drained(front)
    assert primary.query("select count(*)::int, sum(deliveries)::int >= 2 from wecom.event where auth_corp_id = %s",
                         (corp,)) == [(1, True)]
