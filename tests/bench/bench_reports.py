"""Each report of one corp and 90 days over a history of full size: `bench_reports.py` (see `make bench-reports`).

10 million events, 2 million relations, 50 thousand chats with 2.5 million members over 400 days for four corps, made by
reports.sql; the jobs that keep figures are then run as the daemon runs them, one claim and one finish a transaction.
Each time is the median of warm runs of the whole answer of the largest corp (40 of a hundred), counted by the server; once with
all days kept, and once more while today's jobs wait, so that today is counted from the data.  Beside it the processor's time
of the session, which a busy machine does not stretch.  Nothing is asserted about times; the exit status is 1 when a figure
that is kept differs from one counted anew.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from harness import Account, Cluster  # noqa: E402
from harness.process import run  # noqa: E402
from harness.site import MIGRATE  # noqa: E402

CORP = "bench1"
TARGET_MS = 200
QUICK = 20  # a quick run has so many times less
BULK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "wal_level": "minimal", "max_wal_senders": "0",
        "max_wal_size": "8GB", "shared_buffers": "1GB", "maintenance_work_mem": "512MB", "checkpoint_timeout": "1h",
        "autovacuum": "off", "work_mem": "64MB"}
# {from} and {to} are 90 days; the answer is read to its end by the server
REPORTS = {
    "customer_daily": "select * from report.customer_daily where auth_corp_id = {corp} and day between {from} and {to}",
    "staff_ranking": "select * from report.staff_ranking({corp}, {from}, {to})",
    "channel_state": "select * from report.channel_state where auth_corp_id = {corp}",
    "loss_list": "select * from report.loss_list where auth_corp_id = {corp} and lost_at >= {from} and lost_at < {to} + 1",
    "loss_list, a page": "select * from report.loss_list where auth_corp_id = {corp} and lost_at >= {from} and lost_at < {to} + 1 "
                         "order by lost_at desc limit 50",
    "transfer": "select * from report.transfer where auth_corp_id = {corp}",
    "group_daily": "select * from report.group_daily where auth_corp_id = {corp} and day between {from} and {to}",
    "group_list": "select * from report.group_list where auth_corp_id = {corp}",
    "group_ledger, one chat": "select * from report.group_ledger where auth_corp_id = {corp} and chat_id = {chat}",
    "duplicate_members": "select * from report.duplicate_members where auth_corp_id = {corp}",
    "owner_ranking": "select * from report.owner_ranking({corp}, {from}, {to})",
    "group_changes": "select * from report.group_changes where auth_corp_id = {corp} and at >= {from} and at < {to} + 1",
    "tag_usage": "select * from report.tag_usage where auth_corp_id = {corp}",
    "tag_order_changes": "select * from report.tag_order_changes where auth_corp_id = {corp} and at >= {from} and at < {to} + 1",
    "customer_timeline": "select * from report.customer_timeline({corp}, {customer})",
    "openid_coverage": "select * from report.openid_coverage where auth_corp_id = {corp}",
    "data_trust": "select * from report.data_trust where auth_corp_id = {corp} and day between {from} and {to}",
    "api_usage": "select * from report.api_usage where auth_corp_id = {corp} and day between {from} and {to}",
    "credentials": "select * from report.credentials where auth_corp_id = {corp}",
}


def arguments():
    parser = argparse.ArgumentParser(description="each report of one corp and 90 days over a history of full size")
    parser.add_argument("--quick", action="store_true", help=f"a history of a {QUICK}th")
    parser.add_argument("--rounds", type=int, default=5, help="warm runs of each report")
    parser.add_argument("--folder", help="where the database's files go (default: the temporary folder)")
    parser.add_argument("--keep", help="conninfo of a database that has the history already, as a superuser")
    return parser.parse_args()


def fill(conninfo, part):
    started = time.monotonic()
    sizes = {"events": 10_000_000 // part, "follows": 2_000_000 // part, "chats": 50_000 // part, "days": 400}
    options = [word for name, value in sizes.items() for word in ("-v", f"{name}={value}")]
    run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *options, "-d", conninfo, "-f", str(Path(__file__).with_name("reports.sql"))],
        timeout=3600)
    print(f"history: {sizes} in {time.monotonic() - started:.0f} s", flush=True)


class Daemon:
    """The way of rollup jobs through the queue, as wecom-sync goes it."""

    def __init__(self, cursor, corp):
        self.cursor, self.corp = cursor, corp
        self.fence = self.call("lease_take", "bench", 3600)
        self.done = 0

    def call(self, function, *values):
        self.cursor.execute(f"select wecom.{function}(%s{', %s' * len(values)})", (self.corp, *values))
        return self.cursor.fetchone()[0]

    def drain(self):
        """All that is due or will be within an hour."""
        while True:
            now_us = int((time.time() + 3600) * 1_000_000)
            jobs = self.call("job_claim", "bench", self.fence, now_us, 16)
            if not jobs:
                return
            for job in jobs:
                result = {"kind": job["kind"], "target": job["target"], "outcome": "done", "data": {}, "events": []}
                self.call("job_finish", "bench", self.fence, now_us - 3600_000_000, json.dumps([result]))
                self.done += 1


def keep_all(cursor):
    cursor.execute("select auth_corp_id from wecom.corp where auth_corp_id like 'bench%' order by 1")
    for (corp,) in cursor.fetchall():
        started = time.monotonic()
        now_us = int(time.time() * 1_000_000)
        sections = [["rollup", section, now_us, 2] for section in ("customer:", "tag:", "group:", "event:")]
        cursor.execute("select wecom.corp_due_raise(%s, wecom.job_raise_priority(%s, %s))", (corp, corp, json.dumps(sections)))
        daemon = Daemon(cursor, corp)
        daemon.drain()
        print(f"figures of {corp}: {daemon.done} jobs in {time.monotonic() - started:.1f} s", flush=True)


def mark_today(cursor):
    """As after changes of today: its jobs wait."""
    cursor.execute("""
        select wecom.job_raise_priority(c.auth_corp_id, jsonb_agg(jsonb_build_array('rollup', s.section || ':' || c.today, 0, 2)))
        from report.corp as c, unnest('{customer,tag,group}'::text[]) as s (section)
        group by c.auth_corp_id""")


def cpu_ms(pid):
    """What the session has used of processors so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6


def measure(cursor, sql, rounds):
    times, used, rows = [], [], 0
    pid = cursor.connection.get_backend_pid()
    for _ in range(rounds + 1):
        before = cpu_ms(pid)
        cursor.execute("explain (analyze, timing off, format json) " + sql)
        plan = cursor.fetchone()[0][0]
        rows = plan["Plan"]["Actual Rows"]
        times.append(plan["Planning Time"] + plan["Execution Time"])
        used.append(cpu_ms(pid) - before)
    return rows, statistics.median(times[1:]), statistics.median(used[1:])


def values(cursor):
    cursor.execute("select today - 89, today from report.corp where auth_corp_id = %s", (CORP,))
    first, last = cursor.fetchone()
    cursor.execute("select chat_id from wecom.group_chat where auth_corp_id = %s limit 1", (CORP,))
    chat = cursor.fetchone()[0]
    cursor.execute("select external_userid from wecom.follow where auth_corp_id = %s and period = 2 limit 1", (CORP,))
    customer = cursor.fetchone()[0]
    return {"corp": f"'{CORP}'", "from": f"date '{first}'", "to": f"date '{last}'", "chat": f"'{chat}'", "customer": f"'{customer}'"}


def bench(conninfo, rounds):
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    cursor = connection.cursor()
    keep_all(cursor)
    cursor.execute("vacuum analyze")
    named = values(cursor)
    cursor.execute("select set_config('app.corp', %s, false)", (CORP,))
    kept = {}
    cursor.execute("set role wecom_report")
    for name, sql in REPORTS.items():
        kept[name] = measure(cursor, sql.format(**named), rounds)
    cursor.execute("reset role")
    mark_today(cursor)
    cursor.execute("set role wecom_report")
    print(f"\n{'':24} {'':>8} {'all kept, ms':>18} {'today counted, ms':>19}\n"
          f"{'report':24} {'rows':>8} {'time':>9} {'CPU':>8} {'time':>10} {'CPU':>8}")
    slow = []
    for name, sql in REPORTS.items():
        _, live, live_cpu = measure(cursor, sql.format(**named), rounds)
        rows, warm, warm_cpu = kept[name]
        if max(warm, live) > TARGET_MS:
            slow.append(name)
        print(f"{name:24} {rows:8} {warm:9.1f} {warm_cpu:8.1f} {live:10.1f} {live_cpu:8.1f}", flush=True)
    cursor.execute("reset role")
    print(f"over {TARGET_MS} ms: {', '.join(slow) or 'none'}")
    started = time.monotonic()
    cursor.execute("select c.auth_corp_id, r.* from wecom.corp as c cross join lateral wecom.rollup_check(c.auth_corp_id) as r "
                   "where c.auth_corp_id like 'bench%%' limit 20", ())
    differences = cursor.fetchall()
    print(f"counted anew: {len(differences)} differences in {time.monotonic() - started:.1f} s")
    for row in differences:
        print("  ", row)
    return 1 if differences else 0


def main():
    wanted = arguments()
    if wanted.keep:
        return bench(wanted.keep, wanted.rounds)
    with tempfile.TemporaryDirectory(prefix="wecom-bench.", dir=wanted.folder) as folder:
        os.chmod(folder, 0o755)
        with Cluster(Path(folder) / "pg", Account(), settings=BULK) as cluster:
            cluster.query("create database wecom", database="postgres")
            conninfo = cluster.conninfo("postgres", "wecom")
            run([str(MIGRATE), conninfo], timeout=300)
            fill(conninfo, QUICK if wanted.quick else 1)
            return bench(conninfo, wanted.rounds)


if __name__ == "__main__":
    sys.exit(main())
