"""Figures kept by jobs, from several sessions: whatever commits while a day is being counted is counted in the end."""
import datetime
import json
import random
import time
import uuid

import pytest

from conftest import connect, run_all, waits

CORP = "corp"
DAY = datetime.datetime(2026, 2, 25, 4, tzinfo=datetime.timezone.utc)
NOW_US = int(DAY.timestamp() * 1_000_000) + 3_600_000_000
TABLES = ("event, wecom.job, wecom.corp_due, wecom.corp, wecom.lease, wecom.pull, wecom.follow, wecom.follow_tag, wecom.customer, "
          "wecom.customer_day, "
          "wecom.group_chat, wecom.group_chat_member, wecom.chat_count, wecom.group_person, "
          "wecom.staff_day, wecom.channel_day, wecom.loss_day, wecom.tag_day, wecom.event_day, wecom.event_close, wecom.counter")


class Daemon:
    """A connection of the daemon that holds the corp's lease."""

    def __init__(self):
        self.connection = connect("wecom_sync")
        self.cursor = self.connection.cursor()

    def call(self, function, *values):
        self.cursor.execute("select wecom.%s(%s)" % (function, ", ".join(["%s"] * len(values))), values)
        return self.cursor.fetchone()[0]

    def claim(self, late_s=3600):
        jobs = self.call("job_claim", CORP, "d", 1, NOW_US + late_s * 1_000_000, 64)
        self.connection.commit()
        return jobs

    def finish(self, *results, commit=True):
        answer = self.call("job_finish", CORP, "d", 1, NOW_US, json.dumps(results))
        if commit:
            self.connection.commit()
        return answer

    def close(self):
        self.connection.close()


def customer(job, at_s, mark="added"):
    """The result of a customer's job: a member gained, or lost, them so many seconds after the day's moment."""
    at_us = int(DAY.timestamp() * 1_000_000) + at_s * 1_000_000
    mark = {"userid": "u", "mark": mark, "at_us": at_us, "state": "s", "reason": None, "event_id": str(uuid.uuid4())}
    return {"kind": "customer", "target": job["target"], "outcome": "done", "events": [], "data": {"begun_us": None, "marks": [mark]}}


def counted(job):
    return {"kind": "rollup", "target": job["target"], "outcome": "done", "events": [], "data": {}}


@pytest.fixture
def corp(db):
    db.execute("truncate wecom." + TABLES)
    db.execute("insert into wecom.corp (auth_corp_id, suite_id, state) values (%s, 's', 'active')", (CORP,))
    db.execute("select wecom.lease_take(%s, 'd', 3600)", (CORP,))
    yield db
    db.execute("truncate wecom." + TABLES)


@pytest.fixture
def daemons():
    opened = []

    def make():
        opened.append(Daemon())
        return opened[-1]

    yield make
    for daemon in opened:
        daemon.close()


def ask(db, *targets):
    """Customers' jobs, due now."""
    jobs = json.dumps([["customer", target, NOW_US, 0] for target in targets])
    db.execute("select wecom.corp_due_raise(%s, wecom.job_raise_priority(%s, %s))", (CORP, CORP, jobs))


def value(db, sql, *parameters):
    db.execute(sql, parameters)
    return db.fetchone()[0]


def told(db):
    return value(db, "select coalesce(sum(new), 0) from report.customer_daily where auth_corp_id = %s", CORP)


def kept(db):
    return value(db, "select coalesce(sum(new), 0) from wecom.customer_day where auth_corp_id = %s", CORP)


def by_target(jobs):
    return {job["target"]: job for job in jobs}


def test_a_store_that_commits_while_the_day_is_counted_makes_it_due_again(corp, daemons):
    one, two = daemons(), daemons()
    ask(corp, "x1", "x2")
    jobs = by_target(one.claim(0))
    one.finish(customer(jobs["x1"], 0))
    rollup = by_target(one.claim())["customer:2026-02-25"]
    two.finish(customer(jobs["x2"], 1))
    one.finish(counted(rollup))
    assert value(corp, "select state from wecom.job where kind = 'rollup' and target like 'customer:%%'") == "due"
    assert told(corp) == 2
    one.finish(*[counted(job) for job in one.claim()])
    assert (told(corp), kept(corp)) == (2, 2)


def test_a_store_that_is_not_committed_when_the_day_is_counted_is_waited_for_or_counted_again(corp, daemons):
    one, two = daemons(), daemons()
    ask(corp, "x1", "x2")
    jobs = by_target(one.claim(0))
    one.finish(customer(jobs["x1"], 0))
    rollup = by_target(one.claim())["customer:2026-02-25"]
    two.finish(customer(jobs["x2"], 1), commit=False)

    def count():
        one.finish(counted(rollup))

    def commit():
        time.sleep(0.3)
        two.connection.commit()

    run_all([count, commit])
    assert told(corp) == 2
    while True:
        left = one.claim()
        if not left:
            break
        one.finish(*[counted(job) for job in left])
    assert (told(corp), kept(corp)) == (2, 2)
    assert value(corp, "select count(*) from wecom.rollup_check(%s)", CORP) == 0


def test_a_store_that_waits_behind_the_count_marks_the_day_anew(corp, daemons):
    one, two = daemons(), daemons()
    ask(corp, "x1", "x2")
    jobs = by_target(one.claim(0))
    one.finish(customer(jobs["x1"], 0))
    rollup = by_target(one.claim())["customer:2026-02-25"]
    one.finish(counted(rollup), commit=False)

    def commit():
        time.sleep(0.3)
        one.connection.commit()

    run_all([commit, lambda: two.finish(customer(jobs["x2"], 1))])
    assert value(corp, "select count(*) from wecom.job where kind = 'rollup' and target = 'customer:2026-02-25'") == 1
    assert (told(corp), kept(corp)) == (2, 1)


def test_every_reader_sees_exact_figures_while_stores_and_counts_race(corp, daemons):
    """Writers add customers, a counter keeps days, a reader compares the report with the relations in one snapshot."""
    targets = [f"x{n}" for n in range(120)]
    ask(corp, *targets)
    writers = [daemons(), daemons()]
    jobs = []
    while len(jobs) < len(targets):
        jobs += writers[0].claim(0)
    counter, is_over, seen = daemons(), [], []
    chance = random.Random(7)
    spread = [chance.randrange(-3, 4) * 86400 for _ in targets]

    def write(writer, mine):
        for place in mine:
            writer.finish(customer(jobs[place], spread[place] + place))
        is_over.append(1)

    def count():
        while len(is_over) < len(writers) or value(corp, "select count(*) from wecom.job where kind = 'rollup'") > 0:
            claimed = counter.claim()
            if claimed:
                counter.finish(*[counted(job) for job in claimed])
            assert len(seen) < 100000

    def read():
        connection = connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            while len(is_over) < len(writers):
                cursor.execute("select (select coalesce(sum(new), 0) from report.customer_daily where auth_corp_id = %s), "
                               "(select count(*) from wecom.follow where auth_corp_id = %s)", (CORP, CORP))
                seen.append(cursor.fetchone())
        connection.close()

    run_all([lambda: write(writers[0], range(0, 120, 2)), lambda: write(writers[1], range(1, 120, 2)), count, read])
    assert seen and all(report == truth for report, truth in seen), [pair for pair in seen if pair[0] != pair[1]][:5]
    assert (told(corp), kept(corp)) == (120, 120)
    assert value(corp, "select count(*) from wecom.rollup_check(%s)", CORP) == 0


def test_an_event_that_comes_late_while_its_day_is_closed_is_counted(corp, daemons, session):
    """The receiver's transaction is open when the day is closed."""
    old = {"id": str(uuid.uuid4()), "hash": "00" * 32, "time_s": int(DAY.timestamp()), "received_us": NOW_US, "route": "command",
           "info_type": "t", "change_type": None, "body": {}, "job_kind": None, "job_target": None, "due_us": None,
           "secret_kind": None, "secret_name": None, "secret_sealed": None}
    corp.execute("insert into wecom.event_close (auth_corp_id, closed_to) values (%s, '-infinity')", (CORP,))
    receiver = session()
    receiver.cursor().execute("select wecom.ingest(%s, %s)", (CORP, json.dumps([old])))
    late_us = NOW_US + 10 * 86_400_000_000

    def close():
        closer = connect()
        closer.autocommit = True
        with closer.cursor() as cursor:
            cursor.execute("select wecom.rollup_close(%s, %s)", (CORP, late_us))
        closer.close()

    def commit():
        time.sleep(0.3)
        receiver.commit()

    run_all([close, commit])
    assert value(corp, "select sum(received) from report.data_trust where auth_corp_id = %s", CORP) == 1
    assert value(corp, "select sum(received) from wecom.event_day where auth_corp_id = %s", CORP) == 1


@pytest.fixture
def chats(corp):
    """wm1 in two chats, of which neither has its people counted."""
    corp.execute("insert into wecom.group_chat (auth_corp_id, chat_id, seen_at, synced_at) "
                 "select %s, c, now(), now() from unnest('{wr1,wr2}'::text[]) as u (c)", (CORP,))
    corp.execute("insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, is_present) "
                 "select %s, c, 'wm1', 2, true from unnest('{wr1,wr2}'::text[]) as u (c)", (CORP,))
    keep_counts(corp)
    return corp


def keep_counts(corp):
    corp.execute("select wecom.chat_count_keep(%s, '{wr1,wr2}', '{t,t}', '{f,f}', 'UTC')", (CORP,))


def counted_chats(corp):
    return value(corp, "select coalesce(string_agg(chat_id, ' ' order by chat_id), '') from wecom.chat_count where is_counted")


def test_people_are_counted_beside_a_store(chats, session):
    """Neither waits for the other; what was being stored is counted the next time."""
    store = session("postgres")
    store.cursor().execute("update wecom.chat_count set members = members + 1 where chat_id = 'wr1'")
    chats.execute("set lock_timeout = '1s'")
    assert value(chats, "select wecom.rollup_person(%s, 500)", CORP) is False
    assert counted_chats(chats) == "wr2"
    store.commit()
    assert value(chats, "select wecom.rollup_person(%s, 500)", CORP) is False
    assert counted_chats(chats) == "wr1 wr2"
    assert value(chats, "select chat_ids::text from wecom.group_person where auth_corp_id = %s", CORP) == "{wr1,wr2}"
    chats.execute("reset lock_timeout")


def test_one_counts_the_people_of_a_corp(chats, session):
    other = session("postgres")
    other.cursor().execute("select wecom.rollup_person(%s, 1)", (CORP,))
    assert value(chats, "select wecom.rollup_person(%s, 500)", CORP) is True
    assert counted_chats(chats) == ""
    other.rollback()
    assert value(chats, "select wecom.rollup_person(%s, 500)", CORP) is False
    assert counted_chats(chats) == "wr1 wr2"


def test_a_roster_that_changed_has_its_row_written_anew(chats):
    """Also when its figures are the same: by that a count that was under way knows that it came too early."""
    written = "select string_agg(xmin::text, ' ' order by chat_id) from wecom.chat_count"
    before = value(chats, written)
    keep_counts(chats)
    assert not set(before.split()) & set(value(chats, written).split())


def test_a_chat_that_is_stored_while_people_are_counted_is_counted_again(chats, session):
    """The count stands at a row that somebody holds; a store commits meanwhile, behind the count's look at the rosters."""
    assert value(chats, "select wecom.rollup_person(%s, 500)", CORP) is False
    keep_counts(chats)
    holder, count = session("postgres"), session("postgres")
    holder.cursor().execute("select from wecom.group_person where auth_corp_id = %s for update", (CORP,))

    def counts():
        count.cursor().execute("select wecom.rollup_person(%s, 500)", (CORP,))
        count.commit()

    def stores():
        assert waits(chats, count)
        chats.execute("select wecom.chat_count_keep(%s, '{wr1}', '{t}', '{f}', 'UTC')", (CORP,))
        holder.rollback()

    run_all([counts, stores])
    assert counted_chats(chats) == "wr2"
