"""Another session holds a lock that the receiver needs; and many processes deliver one event at once."""

import json
import signal
import subprocess
import time
from contextlib import contextmanager

import psycopg2
import pytest

from harness import wait_until
from harness.process import Child
from ledger import Load, wait_drained
from site_kit import customer, is_success, posting, unique

HELD_SECONDS = 5
SPOOLED = 'wecom_callback_events_total{acknowledged_by="spool"}'
TERMINATE_WAITING = ("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' "
                     "and usename = 'wecom_callback' and datname = %s")


def waiting_drainers(site):
    return site.cluster.query("select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = %s "
                              "and application_name = 'wecom-callback drainer'", (site.database,), database="template1")


@contextmanager
def held(site, *statements):
    """A transaction that has done these statements, until the end of the block, and for so long at least."""
    connection = site.cluster.connect(database=site.database, autocommit=False)
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            for sql, parameters in statements:
                cursor.execute(sql, parameters)
                assert cursor.rowcount != 0, sql
        yield
        time.sleep(max(0, began + HELD_SECONDS - time.monotonic()))
    finally:
        connection.rollback()
        connection.close()


def sending(site, text, times, log):
    """`wecom-sim send` as a process of its own that delivers one event so often, encrypted anew each time."""
    child = Child([site.sim.program, "send", "-c", site.settings.path, "--url", f"http://127.0.0.1:{site.port}"],
                  site.account, stdin=subprocess.PIPE, stdout=log, stderr=log)
    line = {"route": "command", "message": text, "repeat": times}
    child.popen.stdin.write(json.dumps(line).encode() + b"\n")
    child.popen.stdin.close()
    return child


def test_rows_of_one_event_and_of_one_job_locked(site):
    """Repeats of the two wait in vain; the other events that share their commits are not harmed."""
    corp = unique("wp")
    texts = [customer(site, corp), customer(site, corp)]
    for text in texts:
        assert is_success(site.sim.post(site.port, text))
    wait_drained(site)  # a stall may have sent them by the spool
    whose = "body->>'ExternalUserID' = %s"
    names = [text.split("<ExternalUserID>")[1].split("<")[0] for text in texts]
    with Load(site, rate=200) as load:
        load.more(50)
        with held(site, (f"select 1 from wecom.event where {whose} for update", (names[0],)),
                  ("select 1 from wecom.job where auth_corp_id = %s and target like %s for update",
                   (corp, f"%{names[1]}%"))):
            with posting(site, texts[0]) as one, posting(site, texts[1]) as other:
                load.more(20)
            for answer, seconds in (one, other):
                assert is_success(answer) and seconds < 4 + load.lag.seconds
        load.more(50)
    load.assert_kept()
    load.assert_answered()
    assert site.rows("select count(*)::int, min(deliveries) >= 2 from wecom.event where auth_corp_id = %s", (corp,)) \
        == [(2, True)]


def test_table_locked(site):
    before = site.pool.metrics()
    with Load(site, rate=200) as load:
        load.more(50)
        with held(site, ("set local role wecom_owner", None),
                  ("lock table wecom.event in access exclusive mode", None)):
            load.more(20)
            # nobody finishes in secret what the receiver has given up, and the drainer's own batch is lost on its way
            for _ in range(2):
                wait_until(lambda: waiting_drainers(site), 10, "the drainer to wait for the lock")
                site.cluster.query(TERMINATE_WAITING, (site.database,))
        load.more(50)
    load.assert_kept()
    load.assert_answered()
    assert site.pool.metrics()[SPOOLED] - before[SPOOLED] >= 20


def test_one_event_fifty_times_from_eight_processes(site):
    corp, spooled = unique("wp"), site.pool.metrics()[SPOOLED]
    text = customer(site, corp)
    shares = [7, 7, 6, 6, 6, 6, 6, 6]
    folder = site.account.make_folder(site.folder / unique("send"))
    logs = [folder / str(i) for i in range(len(shares))]
    children = []
    for share, log in zip(shares, logs):
        with log.open("wb") as file:
            children.append(sending(site, text, share, file))
    try:
        for child in children:
            assert child.wait(120) == 0
    finally:
        for child in children:
            child.close(signal.SIGKILL)
    answers = [answer for log in logs for answer in json.loads(log.read_text().splitlines()[-1])["answers"]]
    assert [(answer["status"], answer["body"]) for answer in answers] == [(200, "success")] * sum(shares)
    wait_drained(site)
    (deliveries,), = site.rows("select deliveries from wecom.event where auth_corp_id = %s", (corp,))
    # the drainer may repeat a commit that was in doubt
    assert deliveries >= sum(shares) and (deliveries == sum(shares) or site.pool.metrics()[SPOOLED] > spooled)


def test_a_long_report_holds_nobody_up(site):
    """A reader keeps a snapshot, and its locks on all that reports and mirror read; upkeep gives up, the receiver goes on."""
    views = [name for name, in site.rows("select format('%I.%I', schemaname, viewname) from pg_views "
                                         "where schemaname in ('report', 'mirror') order by 1")]
    assert len(views) > 20
    reads = [(f"select count(*) from {name}", None) for name in views]
    spooled = site.pool.metrics()[SPOOLED]
    with Load(site, rate=200) as load:
        load.more(50)
        with held(site, ("set transaction isolation level repeatable read", None), *reads):
            load.more(200)
            unhurried = site.pool.metrics()[SPOOLED]
            with pytest.raises(psycopg2.errors.LockNotAvailable):
                site.cluster.query("select wecom.event_partition_maintain_at(now() + interval '300 days')", database=site.database)
            load.more(100)
        load.more(50)
    load.assert_kept()
    load.assert_answered()
    if load.lag.seconds < 0.2:
        assert unhurried == spooled
