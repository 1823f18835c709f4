"""The queue from several sessions at once: receivers that store, daemons that lease, claim and finish."""
import json
import random
import threading
import time

import pytest

from conftest import EVENT_S, connect, element, ingest, run_all, waits

CORP = "corp"
NOW_US = (EVENT_S + 3600) * 1000000

STORES = """
    create or replace function wecom.object_store(p_corp text, p_kind text, p_target text, p_data jsonb, p_begun_us bigint,
        p_now_us bigint, p_is_reconcile boolean)
    returns jsonb language sql as $$
        with kept as (insert into public.applied
            select p_corp, p_kind, p_target, e.v from jsonb_array_elements_text(p_data->'ids') as e (v))
        select p_data->'answer'
    $$;
    create or replace function wecom.chat_store(p_corp text, p_chats text[], p_datas jsonb[], p_begun_us bigint[], p_now_us bigint,
        p_reconciles boolean[])
    returns jsonb[] language sql as $$
        select array_agg(wecom.object_store(p_corp, 'chat', u.chat, u.data, u.begun_us, p_now_us, u.is_reconcile) order by u.n)
        from unnest(p_chats, p_datas, p_begun_us, p_reconciles) with ordinality as u (chat, data, begun_us, is_reconcile, n)
    $$;
    create or replace function wecom.job_state(p_corp text, p_kind text, p_target text)
    returns jsonb language sql as $$ select '{}'::jsonb $$
"""
DEFINITIONS = ("select pg_get_functiondef(p) from unnest(array['wecom.object_store'::regproc, 'wecom.chat_store'::regproc, "
               "'wecom.job_state'::regproc]) as u (p)")


@pytest.fixture
def queue(db):
    """db, with one active corp, and store functions that note which events they were given, until the test ends."""
    db.execute("truncate wecom.corp, wecom.lease, wecom.counter")
    db.execute("insert into wecom.corp (auth_corp_id, suite_id, state) values (%s, 's', 'active')", (CORP,))
    db.execute(DEFINITIONS)
    before = [row[0] for row in db.fetchall()]
    db.execute("create table public.applied (corp text, kind text, target text, id text)")
    db.execute("grant all on public.applied to wecom_owner")
    db.execute(STORES)
    yield db
    for definition in before:
        db.execute(definition)
    db.execute("drop table public.applied")
    db.execute("truncate wecom.event, wecom.job, wecom.corp_due, wecom.corp, wecom.lease, wecom.counter, wecom.pull")


def call(cursor, function, *values):
    cursor.execute("select wecom.%s(%s)" % (function, ", ".join(["%s"] * len(values))), values)
    return cursor.fetchone()[0]


class Daemon:
    """A daemon's way with the database, one call a transaction."""

    def __init__(self, name):
        self.name = name
        self.connection = connect("wecom_sync")
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.fences = {}

    def due(self, limit=10):
        return call(self.cursor, "corp_due_list", self.name, NOW_US, limit, 0)

    def lease(self, corp, seconds=30):
        self.fences[corp] = call(self.cursor, "lease_take", corp, self.name, seconds)
        return self.fences[corp]

    def claim(self, corp, limit=16):
        return call(self.cursor, "job_claim", corp, self.name, self.fences[corp], NOW_US, limit)

    def finish(self, corp, results):
        return call(self.cursor, "job_finish", corp, self.name, self.fences[corp], NOW_US, json.dumps(results))

    def close(self):
        self.connection.close()


def result(job, outcome="done", **members):
    """What came of a claimed job, all its events applied and settled."""
    item = {"kind": job["kind"], "target": job["target"], "outcome": outcome,
            "events": [[event["id"], event["due_us"]] for event in job["events"]],
            "data": {"ids": [event["id"] for event in job["events"]]}}
    item.update(members)
    return item


def deadlocks(cursor):
    cursor.execute("select pg_stat_clear_snapshot()")
    cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
    return cursor.fetchone()[0]


def drain(corps, name="drain"):
    daemon = Daemon(name)
    for corp in corps:
        for _ in range(1000):
            if daemon.lease(corp) is not None:
                break
            time.sleep(0.01)
        for _ in range(1000):
            jobs = daemon.claim(corp, 200)
            if not jobs:
                break
            daemon.finish(corp, [result(job) for job in jobs])
    daemon.close()


def test_receivers_and_daemons_apply_each_event_once(queue):
    """Four receivers into the same objects, two daemons that take corps from each other: no ring, nothing left, nothing twice."""
    corps = ["c%d" % n for n in range(3)]
    for corp in corps:
        queue.execute("insert into wecom.corp (auth_corp_id, suite_id, state) values (%s, 's', 'active')", (corp,))
    before = deadlocks(queue)
    began = time.monotonic()
    sent, finished, raised = [], [], []

    def goes_on():
        """Five seconds, and longer where the machine has not done enough by then."""
        return time.monotonic() - began < (5 if sum(finished) > 100 and sum(raised) > 50 else 60)

    def receive(seed):
        chance = random.Random(seed)
        connection = connect("wecom_callback")
        cursor = connection.cursor()
        n = 0
        while goes_on():
            among = chance.sample(corps, chance.randint(1, 3))
            items = []
            for _ in range(chance.choice([1, 1, 2, 8, 20])):
                n += 1
                items.append(element("%d %d" % (seed, n), "wr%02d" % chance.randrange(20), chance.randint(0, 20), corp=chance.choice(among),
                                     time_s=EVENT_S + chance.randrange(3), job_kind=chance.choice(["chat", "customer", "tag"])))
            ingest(cursor, among[0] if len(among) == 1 else None, items)
            connection.commit()
            sent.extend(item["id"] for item in items)
        connection.close()

    def serve(name):
        chance = random.Random(name)
        daemon = Daemon(name)
        while goes_on():
            for corp in daemon.due():
                if daemon.lease(corp) is None:
                    continue
                jobs = daemon.claim(corp, chance.choice([1, 4, 32]))
                assert jobs is not None
                results = [result(job, chance.choice(["done", "done", "later"]),
                                  **{"raise": [[chance.choice(["chat", "customer", "tag"]), "wr%02d" % chance.randrange(20), 0,
                                                chance.randrange(3)]
                                               for _ in range(chance.randrange(3))],
                                     "counts": {"n": 1}})
                           for job in jobs if chance.random() < 0.95]
                told = daemon.finish(corp, results)
                finished.append(told.count("ok"))
                raised.append(sum(len(item["raise"]) for item in results))
                if chance.random() < 0.3:
                    assert call(daemon.cursor, "lease_release", corp, name, daemon.fences[corp])
        for corp in corps:
            if daemon.fences.get(corp) is not None:
                call(daemon.cursor, "lease_release", corp, name, daemon.fences[corp])
        daemon.close()

    run_all([lambda seed=seed: receive(seed) for seed in range(4)] + [lambda: serve("d1"), lambda: serve("d2")])
    assert deadlocks(queue) == before
    assert sum(finished) > 100 and sum(raised) > 50
    drain(corps)
    queue.execute("select count(*) from wecom.event where state = 'new'")
    assert queue.fetchone()[0] == 0, "an event is left behind"
    queue.execute("select count(*) from wecom.job")
    assert queue.fetchone()[0] == 0, "a job is left behind"
    queue.execute("select id from public.applied")
    applied = [row[0] for row in queue.fetchall()]
    assert sorted(applied) == sorted(sent), "an event was applied twice, or not at all"
    print("%d events, %d jobs finished" % (len(sent), sum(finished)))


def test_every_job_that_waits_is_found(queue):
    """After work in any order the corp's due row never lies behind its earliest job; no sweep is needed."""
    deadline = time.monotonic() + 2

    def receive(seed):
        connection = connect("wecom_callback")
        connection.autocommit = True
        chance = random.Random(seed)
        n = 0
        while time.monotonic() < deadline:
            n += 1
            ingest(connection.cursor(), CORP, [element("%d %d" % (seed, n), "wr%d" % chance.randrange(50), chance.randint(0, 5000))])
        connection.close()

    def serve():
        daemon = Daemon("d1")
        watch = connect()
        cursor = watch.cursor()
        while time.monotonic() < deadline:
            daemon.lease(CORP)
            jobs = daemon.claim(CORP, 5)
            daemon.finish(CORP, [result(job) for job in jobs])
            cursor.execute("select j.target from wecom.job as j left join wecom.corp_due as d using (auth_corp_id) "
                           "where j.state = 'due' and coalesce(j.due_at < least(d.due_at, d.waiting_from), true)")
            assert cursor.fetchall() == []
            watch.commit()
        daemon.close()
        watch.close()

    run_all([lambda: receive(1), lambda: receive(2), serve])


def test_two_daemons_and_one_lease(queue):
    """Both ask at once, a hundred times: one gets it, and every claim under it is its own."""
    ingest(queue, CORP, [element(str(n), "wr%d" % n) for n in range(100)])
    daemons = [Daemon("d1"), Daemon("d2")]
    for n in range(50):
        queue.execute("update wecom.lease set expires_at = 'epoch'")
        run_all([lambda daemon=daemon: daemon.lease(CORP) for daemon in daemons])
        got = [daemon for daemon in daemons if daemon.fences[CORP] is not None]
        assert len(got) == 1
    fences = [daemon.fences[CORP] for daemon in got]
    queue.execute("select fence from wecom.lease")
    assert queue.fetchone()[0] == fences[0]
    for daemon in daemons:
        daemon.close()


def test_two_daemons_with_one_name(queue):
    """Each takes the other for itself and holds its lease: jobs are still claimed once, and finished once."""
    ingest(queue, CORP, [element(str(n), "wr%d" % n) for n in range(60)])
    daemons = [Daemon("d1"), Daemon("d1")]
    assert [daemon.lease(CORP) for daemon in daemons] == [1, 1]
    taken = []

    def serve(daemon):
        for _ in range(20):
            jobs = daemon.claim(CORP, 4)
            taken.extend(job["target"] for job in jobs)
            assert daemon.finish(CORP, [result(job) for job in jobs]) == ["ok"] * len(jobs)

    run_all([lambda daemon=daemon: serve(daemon) for daemon in daemons])
    assert sorted(taken) == sorted("wr%d" % n for n in range(60))
    queue.execute("select count(*), count(distinct id) from public.applied")
    assert queue.fetchone() == (60, 60)
    for daemon in daemons:
        daemon.close()


def test_a_finish_under_way_keeps_the_lease_from_being_taken(queue):
    """The lease runs out while a finish is under way: the next holder waits for it, and finds nothing to give back."""
    ingest(queue, CORP, [element("a", "wr1")])
    one, other = Daemon("d1"), Daemon("d2")
    one.lease(CORP, 5)
    jobs = one.claim(CORP)
    one.connection.autocommit = False
    assert one.finish(CORP, [result(job) for job in jobs]) == ["ok"]
    time.sleep(5.1)
    thread = threading.Thread(target=other.lease, args=(CORP,))
    thread.start()
    assert waits(queue, other.connection), "the lease was taken under a finish"
    one.connection.commit()
    thread.join(60)
    assert other.fences[CORP] == 2
    assert other.claim(CORP) == []
    one.close()
    other.close()


@pytest.mark.parametrize("work", ["claim", "finish"])
def test_a_call_without_a_job_keeps_the_lease_too(queue, work):
    """No job row is locked here that the next holder could wait for: the lease itself must be."""
    one, other = Daemon("d1"), Daemon("d2")
    one.lease(CORP, 5)
    one.connection.autocommit = False
    assert (one.claim(CORP) if work == "claim" else one.finish(CORP, [])) == []
    time.sleep(5.1)
    thread = threading.Thread(target=other.lease, args=(CORP,))
    thread.start()
    assert waits(queue, other.connection), "the lease was taken under a " + work
    one.connection.commit()
    thread.join(60)
    assert other.fences[CORP] == 2
    one.close()
    other.close()


def test_the_same_finish_twice_at_once(queue):
    """Its answer did not come, so the call is made again while the first still runs: applied once."""
    ingest(queue, CORP, [element("a", "wr1"), element("b", "wr2")])
    one, again = Daemon("d1"), Daemon("d1")
    again.fences[CORP] = one.lease(CORP)
    results = [result(job) for job in one.claim(CORP)]
    for item in results:
        item["events"] = []     # else the first would hold the second at the events already
    one.connection.autocommit = False
    assert one.finish(CORP, results) == ["ok", "ok"]
    told = []

    def repeat():
        try:
            told.append(again.finish(CORP, results))
        except Exception as error:
            told.append(error.pgcode)

    thread = threading.Thread(target=repeat)
    thread.start()
    assert waits(queue, again.connection)
    one.connection.commit()
    thread.join(60)
    assert told == ["40001"]
    assert again.finish(CORP, results) == ["lost", "lost"]
    queue.execute("select count(*) from public.applied")
    assert queue.fetchone()[0] == 2
    one.close()
    again.close()


def test_a_claim_reads_what_it_takes(queue, session):
    """100 thousand due jobs of one corp, those before already claimed and not vacuumed: a claim reads a few pages."""
    queue.execute("set statement_timeout = '60s'")
    queue.execute("insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts, priority) "
                  "select %s, 'chat', 'wr' || n, 'due', to_timestamp(%s) + n * interval '1 millisecond', 1, 0, n %% 4 / 3 "
                  "from generate_series(1, 100000) as n", (CORP, EVENT_S))
    queue.execute("insert into wecom.corp_due values (%s, to_timestamp(%s))", (CORP, EVENT_S))
    queue.execute("analyze wecom.job")
    old = session("postgres")
    old.set_session(isolation_level="REPEATABLE READ")
    old.cursor().execute("select count(*) from wecom.job")
    daemon = Daemon("d1")
    daemon.lease(CORP, 600)

    def buffers():
        queue.execute("select pg_stat_clear_snapshot()")
        queue.execute("select idx_tup_read from pg_stat_user_indexes where indexrelname = 'job_due_idx'")
        return queue.fetchone()[0]

    read = []
    for _ in range(60):
        daemon.cursor.execute("select pg_stat_force_next_flush()")
        before = buffers()
        jobs = daemon.claim(CORP, 100)
        assert len(jobs) == 100
        daemon.finish(CORP, [result(job) for job in jobs])
        daemon.cursor.execute("select pg_stat_force_next_flush()")
        daemon.cursor.execute("select 1")
        read.append(buffers() - before)
    old.close()
    daemon.close()
    print("index entries read by claims of 100:", read[:3], "…", read[-3:])
    assert max(read[5:]) < 1000


def test_twenty_thousand_jobs_with_an_old_snapshot(queue, session):
    """The rate of claims and finishes is kept; printed, for time proves nothing here."""
    rates = []
    for is_held in (False, True):
        queue.execute("truncate wecom.job, wecom.corp_due")
        queue.execute("insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts) "
                      "select %s, 'chat', 'wr' || n, 'due', to_timestamp(%s) + n * interval '1 millisecond', 1, 0 "
                      "from generate_series(1, 20000) as n", (CORP, EVENT_S))
        queue.execute("insert into wecom.corp_due values (%s, to_timestamp(%s))", (CORP, EVENT_S))
        old = session("postgres")
        old.set_session(isolation_level="REPEATABLE READ")
        if is_held:
            old.cursor().execute("select count(*) from wecom.job")
        daemon = Daemon("d1")
        daemon.lease(CORP)
        done = 0
        begin = time.monotonic()
        for _ in range(1000):
            daemon.lease(CORP, 300)
            jobs = daemon.claim(CORP, 50)
            if not jobs:
                break
            told = daemon.finish(CORP, [result(job) for job in jobs])
            assert told == ["ok"] * len(jobs)
            done += len(jobs)
        rates.append(done / (time.monotonic() - begin))
        assert done == 20000
        daemon.close()
        old.close()
    print("jobs a second: %.0f, with an old snapshot %.0f" % tuple(rates))


def test_a_round_costs_the_same_however_many_came_before(queue, session):
    """While an old snapshot keeps all their rows, and the planner takes the queue for empty: entries read are counted."""
    queue.execute("vacuum wecom.job")
    old = session("postgres")
    old.set_session(isolation_level="REPEATABLE READ")
    old.cursor().execute("select count(*) from wecom.job")
    queue.execute("insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts) "
                  "select 'gone', 'chat', 'wr' || n, 'due', to_timestamp(%s), 1, 0 from generate_series(1, 500) as n", (EVENT_S,))
    queue.execute("delete from wecom.job")
    queue.execute("vacuum wecom.job")
    queue.execute("select relpages > 0 and reltuples = 0 from pg_class where oid = 'wecom.job'::regclass")
    assert queue.fetchone()[0], "the statistics are not those that misled the planner"
    daemon = Daemon("d1")
    daemon.lease(CORP, 600)

    def entries():
        for cursor in (daemon.cursor, queue):
            cursor.execute("select pg_stat_force_next_flush()")
            cursor.execute("select 1")
        queue.execute("select pg_stat_clear_snapshot()")
        queue.execute("select sum(idx_tup_read) from pg_stat_user_indexes where relname in ('job', 'corp_due')")
        return queue.fetchone()[0]

    read = []
    for n in range(200):
        before = entries()
        ingest(queue, CORP, [element("%d %d" % (n, i), "wr%d-%d" % (n, i), 3 + n) for i in range(4)])
        now_us = (EVENT_S + 3 + n) * 1000000
        assert call(daemon.cursor, "corp_due_list", "d1", now_us, 10, now_us - 10000000) == [CORP]
        jobs = call(daemon.cursor, "job_claim", CORP, "d1", daemon.fences[CORP], now_us, 16)
        assert daemon.finish(CORP, [result(job) for job in jobs]) == ["ok"] * 4
        read.append(entries() - before)
    old.close()
    daemon.close()
    print("index entries read by rounds of 4 jobs:", read[:3], "…", read[-3:])
    assert max(read[-20:]) < 150


def test_the_first_job_of_a_corp_comes_from_several_at_once(queue):
    """One due row, and with the earliest of their times."""
    for n in range(20):
        corp = "first%d" % n

        def receive(due_s, corp=corp):
            connection = connect("wecom_callback")
            connection.autocommit = True
            ingest(connection.cursor(), corp, [element("%s %d" % (corp, due_s), "wr%d" % due_s, due_s)])
            connection.close()

        run_all([lambda due_s=due_s: receive(due_s) for due_s in (7, 3, 9, 5)])
        queue.execute("select count(*), min(due_at) = to_timestamp(%s) from wecom.corp_due where auth_corp_id = %s", (EVENT_S + 3, corp))
        assert queue.fetchone() == (1, True)


def test_nothing_starves_and_nobody_is_held_up(queue):
    """A corp with many jobs and one whose jobs always fail: a hundred small corps are served at once beside them."""
    small = ["small%03d" % n for n in range(100)]
    for corp in small + ["failing"]:
        queue.execute("insert into wecom.corp (auth_corp_id, suite_id, state) values (%s, 's', 'active')", (corp,))
    ingest(queue, CORP, [element("big %d" % n, "wr%d" % n, 0) for n in range(2000)])
    ingest(queue, "failing", [element("f", "wr1", 0)])
    for corp in small:
        ingest(queue, corp, [element("small " + corp, "wr1", 60)])
    daemon = Daemon("d1")
    for _ in range(2):
        for corp in daemon.due(1000):
            daemon.lease(corp)
            jobs = daemon.claim(corp, 16)
            daemon.finish(corp, [result(job, "later", events=[], error="no") if corp == "failing" else result(job) for job in jobs])
    queue.execute("select distinct auth_corp_id from wecom.job")
    assert sorted(row[0] for row in queue.fetchall()) == [CORP, "failing"]
    assert daemon.due(1000) == [CORP]
    daemon.close()
