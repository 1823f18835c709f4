"""wecom.ingest from several sessions at once: identity, lock order, and that no event slips past a claim or a finish."""
import random
import threading
import time

import psycopg2
import pytest

from conftest import connect, element, ingest, run_all, waits

CLAIM = """
    with claimed as (
        select j.kind, j.target from wecom.job as j
        where j.auth_corp_id = %s and j.state = 'due'
        order by j.kind, j.target for update skip locked
    )
    update wecom.job as j
    set state = 'leased', claimed_counter = j.counter, claimed_at = j.due_at, fence = 1
    from claimed as c
    where j.auth_corp_id = %s and j.kind = c.kind and j.target = c.target
    returning j.target, j.counter
"""
LOCK = "select counter from wecom.job where auth_corp_id = %s and kind = 'chat' and target = %s for update"
FINISH = "delete from wecom.job where auth_corp_id = %s and kind = 'chat' and target = %s and counter = claimed_counter"
AGAIN = """
    update wecom.job set state = 'due', claimed_counter = null, claimed_at = null, fence = null
    where auth_corp_id = %s and kind = 'chat' and target = %s
"""
CORP = "corp"


def in_background(work):
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_fifty_deliveries_of_one_event_are_one_row(db):
    """From eight sessions, alone and among others; the counts told are 1 to 50, each once."""
    told = []

    def deliver(seed, count):
        connection = connect("wecom_callback")
        connection.autocommit = True
        for n in range(count):
            items = [element("same", "wr1")] + [element("other %d %d" % (seed, n), "wr2")] * (n % 2)
            told.append(int(ingest(connection.cursor(), CORP, items).split()[0]))
        connection.close()

    run_all([lambda seed=seed, count=count: deliver(seed, count) for seed, count in enumerate([7, 7, 6, 6, 6, 6, 6, 6])])
    assert sorted(told) == list(range(1, 51))
    db.execute("select count(*), max(deliveries) from wecom.event where body->>'Content' = 'same'")
    assert db.fetchone() == (1, 50)


def test_batches_in_any_order_never_deadlock(db):
    """Batches of several corps and objects, repeats and new ones, in any order: one call a transaction."""
    began = time.monotonic()
    calls = []

    def goes_on():
        """Four seconds, and longer where the machine has not done enough by then."""
        return time.monotonic() - began < (4 if len(calls) > 100 else 60)

    def push(seed):
        chance = random.Random(seed)
        connection = connect("wecom_callback")
        cursor = connection.cursor()
        done = 0
        while goes_on():
            corps = chance.sample(["c%d" % n for n in range(5)], chance.randint(1, 4))
            items = [
                element("e%d" % chance.randrange(300) if chance.random() < 0.5 else "%d %d %d" % (seed, done, n),
                        "wr%d" % chance.randrange(12), chance.randint(0, 20), corp=chance.choice(corps))
                for n in range(chance.choice([1, 1, 2, 8, 20, 40]))
            ]
            ingest(cursor, corps[0] if len(corps) == 1 else None, items)
            connection.commit()
            done += 1
            calls.append(seed)
        connection.close()

    def finish():
        """A daemon in a hurry: claims everything, finishes what it claimed, recomputes the corp's due time."""
        connection = connect()
        cursor = connection.cursor()
        chance = random.Random(99)
        while goes_on():
            corp = "c%d" % chance.randrange(5)
            cursor.execute(CLAIM, (corp, corp))
            claimed = sorted(target for target, _ in cursor.fetchall())
            connection.commit()
            for target in claimed:
                cursor.execute(LOCK, (corp, target))
                cursor.execute(FINISH, (corp, target))
                if cursor.rowcount == 0:
                    cursor.execute(AGAIN, (corp, target))
                if chance.random() < 0.9:
                    recompute(cursor, corp)
                connection.commit()
            recompute(cursor, corp)
            connection.commit()
        connection.close()

    def recompute(cursor, corp):
        cursor.execute("select from wecom.corp_due where auth_corp_id = %s order by turn desc limit 1 for update", (corp,))
        cursor.execute("update wecom.corp_due set turn = turn + 1, due_at = coalesce((select min(j.due_at) from wecom.job as j "
                       "where j.auth_corp_id = %s and j.state = 'due'), 'infinity') where auth_corp_id = %s", (corp, corp))

    db.execute("select deadlocks from pg_stat_database where datname = current_database()")
    before = db.fetchone()[0]
    run_all([lambda seed=seed: push(seed) for seed in range(8)] + [finish])
    assert len(calls) > 100
    db.execute("select pg_stat_clear_snapshot()")
    db.execute("select deadlocks from pg_stat_database where datname = current_database()")
    assert db.fetchone()[0] == before
    # each corp with a waiting job has a due time that is not too late
    db.execute("select j.auth_corp_id from wecom.job as j left join wecom.corp_due as d using (auth_corp_id) "
               "where j.state = 'due' group by 1 having coalesce(min(d.due_at) > min(j.due_at), true)")
    assert db.fetchall() == []


def test_no_lock_on_a_later_key_while_an_earlier_one_is_waited_for(db, session):
    """Else a daemon that waits for the later one, and a receiver behind it, close a ring."""
    ingest(db, CORP, [element("first", "wr2")])
    one, other, daemon = session(), session(), session("postgres")
    ingest(one.cursor(), CORP, [element("a", "wr1")])
    thread = in_background(lambda: ingest(other.cursor(), CORP, [element("b", "wr2"), element("c", "wr1")]))
    assert waits(db, other)
    daemon.cursor().execute(LOCK + " nowait", (CORP, "wr2"))
    daemon.commit()
    one.commit()
    thread.join(60)
    other.commit()


def test_a_claim_cannot_slip_between_look_and_commit(db, session):
    """The receiver found the job waiting and wrote nothing: no claim before its commit, which shows the event."""
    ingest(db, CORP, [element("first", "wr1")])
    for items in ([element("one", "wr1")], [element("many 1", "wr1"), element("many 2", "wr1")]):
        receiver = session()
        ingest(receiver.cursor(), CORP, items)
        db.execute(CLAIM, (CORP, CORP))
        assert db.fetchall() == [], "claimed under an ingest that is not committed"
        receiver.commit()
    db.execute(CLAIM, (CORP, CORP))
    assert db.fetchall() == [("wr1", 1)]
    db.execute("select count(*) from wecom.event where state = 'new' and job_target = 'wr1'")
    assert db.fetchone()[0] == 4


def test_an_ingest_during_a_claim_waits_and_raises_the_counter(db, session):
    ingest(db, CORP, [element("first", "wr1")])
    daemon, receiver = session("postgres"), session()
    daemon.cursor().execute(CLAIM, (CORP, CORP))
    thread = in_background(lambda: ingest(receiver.cursor(), CORP, [element("second", "wr1")]))
    assert waits(db, receiver)
    daemon.commit()
    thread.join(60)
    receiver.commit()
    db.execute("select state, counter, claimed_counter from wecom.job")
    assert db.fetchall() == [("leased", 2, 1)]


def test_an_ingest_during_a_finish_makes_a_new_job(db, session):
    for items in ([element("one", "wr1")], [element("many 1", "wr1"), element("many 2", "wr2")]):
        db.execute("truncate wecom.job")
        ingest(db, CORP, [element("first", "wr1")])
        db.execute(CLAIM, (CORP, CORP))
        daemon, receiver = session("postgres"), session()
        daemon.cursor().execute(LOCK, (CORP, "wr1"))
        daemon.cursor().execute(FINISH, (CORP, "wr1"))
        thread = in_background(lambda: ingest(receiver.cursor(), CORP, items))
        assert waits(db, receiver)
        daemon.commit()
        thread.join(60)
        receiver.commit()
        db.execute("select target, state, counter from wecom.job where target = 'wr1'")
        assert db.fetchall() == [("wr1", "due", 1)]


def test_a_finish_waits_for_an_ingest_that_looked(db, session):
    """The job was already raised, so the receiver wrote nothing: the finish must still see its event afterwards."""
    ingest(db, CORP, [element("first", "wr1")])
    db.execute(CLAIM, (CORP, CORP))
    ingest(db, CORP, [element("raise", "wr1")])
    daemon, receiver = session("postgres"), session()
    ingest(receiver.cursor(), CORP, [element("late", "wr1")])
    thread = in_background(lambda: daemon.cursor().execute(LOCK, (CORP, "wr1")))
    assert waits(db, daemon)
    receiver.commit()
    thread.join(60)
    cursor = daemon.cursor()
    cursor.execute(FINISH, (CORP, "wr1"))
    assert cursor.rowcount == 0
    cursor.execute("select count(*) from wecom.event where state = 'new'")
    assert cursor.fetchone()[0] == 3
    daemon.commit()


def test_the_due_time_is_not_recomputed_past_an_ingest(db, session):
    """An ingest adds a job and finds the corp due early enough: whoever recomputes waits, and then sees the job."""
    ingest(db, CORP, [element("first", "wr1", 1)])
    daemon, receiver = session("postgres"), session()
    ingest(receiver.cursor(), CORP, [element("second", "wr2", 5)])
    cursor = daemon.cursor()
    thread = in_background(lambda: cursor.execute("select from wecom.corp_due where auth_corp_id = %s for update", (CORP,)))
    assert waits(db, daemon)
    receiver.commit()
    thread.join(60)
    cursor.execute("select count(*) from wecom.job where auth_corp_id = %s", (CORP,))
    assert cursor.fetchone()[0] == 2
    daemon.commit()


def test_busy_objects_do_not_wait_for_each_other(db, session):
    """Two ingests of one object whose job waits: neither writes it, so the second does not wait for the first."""
    ingest(db, CORP, [element("first", "wr1")])
    one, other = session(), session()
    ingest(one.cursor(), CORP, [element("a", "wr1")])
    cursor = other.cursor()
    cursor.execute("set lock_timeout = '1s'")
    ingest(cursor, CORP, [element("b", "wr1"), element("c", "wr1")])
    other.commit()
    one.commit()


def test_a_lock_held_for_long_ends_the_call(db, session):
    """The receiver has given up on it long before; the backend must not wait for as long as the lock is held."""
    ingest(db, CORP, [element("first", "wr1")])
    holder, receiver = session("postgres"), session()
    holder.cursor().execute("select from wecom.event where auth_corp_id = %s for update", (CORP,))
    began = time.monotonic()
    with pytest.raises(psycopg2.errors.LockNotAvailable):
        ingest(receiver.cursor(), CORP, [element("first", "wr1")])
    assert 4 < time.monotonic() - began < 20
    holder.rollback()


def test_a_purge_leaves_the_code_of_an_authorisation_that_comes_in_between(db, session):
    """The corp left and installed again: one transaction of the purge has seen the first, and deletes after the second."""
    db.execute("insert into wecom.corp (auth_corp_id, suite_id, state, cancelled_at) values ('left', 's', 'cancelled', %s)"
               " on conflict do nothing", ("2026-03-01 00:00:00+00",))
    db.execute("insert into wecom.secret (auth_corp_id, kind, name, secret_at, sealed)"
               " values ('left', 'permanent_code', 's', '2026-02-01', 'old')")
    purge, exchange = session("postgres"), session("wecom_sync")
    cursor = purge.cursor()
    cursor.execute("select wecom.purge_begin('left')")
    assert cursor.fetchone()[0] is not None
    told = []

    def authorise():
        other = exchange.cursor()
        other.execute("select wecom.corp_authorise('left', 's', 'Name', 'ff', %s)", (1772409600000000,))
        told.append(other.fetchone()[0])
        exchange.commit()

    thread = in_background(authorise)
    assert waits(db, exchange)
    cursor.execute("select wecom.purge_tables('left', 100)")
    assert cursor.fetchone()[0] == 1
    purge.commit()
    thread.join(60)
    assert told == ["kept"]
    db.execute("select encode(sealed, 'hex') from wecom.secret where auth_corp_id = 'left'")
    assert db.fetchall() == [("ff",)]
    db.execute("delete from wecom.corp where auth_corp_id = 'left'")


def test_a_repeat_writes(db, session):
    """A commit without WAL would wait for no standby (reference: when is an event safe)."""
    receiver = session()
    cursor = receiver.cursor()
    for items in ([element("a", "wr1")], [element("b", "wr1"), element("c")], [element("d")]):
        ingest(cursor, CORP, items)
        receiver.commit()
        cursor.execute("select pg_current_wal_insert_lsn()")
        before = cursor.fetchone()[0]
        receiver.commit()
        ingest(cursor, CORP, items)
        cursor.execute("select pg_current_xact_id_if_assigned() is not null, pg_current_wal_insert_lsn() > %s::pg_lsn", (before,))
        assert cursor.fetchone() == (True, True)
        receiver.commit()


def test_upkeep_lets_ingests_go_on(db, session):
    """A partition is added while ingests into another are open; one that would be dropped is left for later."""
    receiver = session()
    now_s = int(time.time())
    ingest(receiver.cursor(), CORP, [element("open", time_s=now_s)])
    db.execute("begin")
    db.execute("select action, partition_name from wecom.event_partition_maintain_at(now() + interval '40 days')")
    assert "created" in [action for action, _ in db.fetchall()]
    other = session()
    cursor = other.cursor()
    cursor.execute("set lock_timeout = '1s'")
    ingest(cursor, CORP, [element("meanwhile", time_s=now_s)])
    other.commit()
    db.execute("rollback")
    db.execute("begin")
    db.execute("select action from wecom.event_partition_maintain_at(now() + interval '3 years')")
    assert "postponed" in [action for action, in db.fetchall()]
    db.execute("rollback")
    receiver.commit()
