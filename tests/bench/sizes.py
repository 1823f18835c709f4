"""What a job costs with few and with many objects: claimed, stored and finished by the functions themselves.

One corp with so many customers, and as many members, each customer followed by one of a thousand of them, tagged, pulled
once and told of by an event, and a tenth as many group chats of ten members.  Jobs of customers drawn at random (the answer
changes a remark and a tag) and of chats (one joins, one quits).  By a session that is as old as the database, whose plans
were made when all was empty, and by a new one.  Jobs of reports' figures, which the stores raise, are put off:
`bench_reports.py` measures them.
"""

import hashlib
import json
import random
import time

import gauge
import psycopg2

CORP = "wpSIZE"
EVENT_S = 1772000000
BATCH = 32
ROUNDS = 40
WARM_UP = 6
ROSTER = 10

CUSTOMER = "'wm' || md5(n::text)"
CHAT = "'wr' || md5(n::text)"
FILL = (
    ("customer", "auth_corp_id, external_userid, name, type, gender, contact_at, seen_at, synced_at",
     f"'{CORP}', {CUSTOMER}, 'n' || n, 1, 0, at, at, at"),
    ("follow", "auth_corp_id, external_userid, userid, period, remark, add_way, status, added_at, seen_at",
     f"'{CORP}', {CUSTOMER}, 'wo' || n %% 1000, 1, 'r', 1, 'active', at, at"),
    ("follow_tag", "auth_corp_id, external_userid, userid, tag_id, added_at",
     f"'{CORP}', {CUSTOMER}, 'wo' || n %% 1000, 'et' || n %% 100, at"),
    ("member", "auth_corp_id, userid, in_scope, seen_at, synced_at", f"'{CORP}', 'wo' || n, true, at, at"),
    ("pull", "auth_corp_id, kind, target, begun_at", f"'{CORP}', 'customer', {CUSTOMER}, at"),
    ("event", "auth_corp_id, event_time, content_hash, event_id, received_at, due_at, deliveries, route, state, info_type, "
     "change_type, job_kind, job_target, body",
     f"'{CORP}', at + n %% 86400 * interval '1 second', sha256({CUSTOMER}::bytea), md5(n::text)::uuid, at, at, 1, 'command', "
     f"'applied', 'change_external_contact', 'edit_external_contact', 'customer', {CUSTOMER}, '{{}}'"),
    ("group_chat_member", "auth_corp_id, chat_id, member_id, type, join_at, is_present",
     f"'{CORP}', 'wr' || md5((n / {ROSTER})::text), {CUSTOMER}, 2, at, true"),
)
CHATS = (f"insert into wecom.group_chat (auth_corp_id, chat_id, name, owner, member_version, version_at, trail, seen_at, synced_at) "
         f"select '{CORP}', {CHAT}, 'c', 'wo1', 'v0', at, '{{}}', at, at from generate_series(%s / {ROSTER}, (%s - 1) / {ROSTER}) as n, "
         f"to_timestamp({EVENT_S}) as at")
READ = ("select (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'wecom') + "
        "(select sum(seq_tup_read) from pg_stat_user_tables where schemaname = 'wecom')")


class Session:
    """One connection's way with jobs; times in microseconds rise with every round."""

    round_n = 0

    def __init__(self, site, seed=1):
        self.site = site
        self.connection = psycopg2.connect(site.cluster.conninfo("postgres", site.database))
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.random = random.Random(seed)

    def call(self, sql, *values):
        self.cursor.execute(sql, values)
        return self.cursor.fetchone()[0]

    def targets(self, prefix, most):
        """Names of half a batch of objects, with their numbers."""
        numbers = [self.random.randrange(most) for _ in range(BATCH // 2)]
        return {prefix + hashlib.md5(str(n).encode()).hexdigest(): n for n in numbers}

    def run_round(self, objects):
        """So many jobs were finished."""
        Session.round_n += 1
        now_us = (EVENT_S + 100000 + Session.round_n * 10) * 1000000
        fence = self.call("select wecom.lease_take(%s, 'bench', 600)", CORP)
        numbers = {"customer": self.targets("wm", objects), "chat": self.targets("wr", objects // ROSTER)}
        jobs = [[kind, target, now_us - 5, 0] for kind in numbers for target in numbers[kind]]
        self.call("select wecom.corp_due_raise(%s, wecom.job_raise_priority(%s, %s))", CORP, CORP, json.dumps(jobs))
        claimed = self.call("select wecom.job_claim(%s, 'bench', %s, %s, %s)", CORP, fence, now_us, 4 * BATCH)
        told = self.call("select wecom.job_finish(%s, 'bench', %s, %s, %s)", CORP, fence, now_us,
                         json.dumps([self.put_off(job, now_us) if job["kind"] == "rollup" else
                                     self.result(job, numbers[job["kind"]][job["target"]], now_us) for job in claimed]))
        done = sum(job["kind"] != "rollup" for job in claimed)
        if told != ["ok"] * len(claimed) or done != len(jobs):
            raise ValueError(f"{told} for {len(jobs)} jobs")
        return len(jobs)

    @staticmethod
    def put_off(job, now_us):
        return {"kind": job["kind"], "target": job["target"], "outcome": "later", "due_us": now_us + 10**12}

    def result(self, job, n, now_us):
        made = {"kind": job["kind"], "target": job["target"], "outcome": "done", "events": [], "begun_us": now_us}
        if job["kind"] == "customer":
            follower = {"userid": f"wo{n % 1000}", "remark": f"r{now_us}", "create_us": now_us - 10**9,
                        "add_way": 1, "tags": [f"et{self.random.randrange(100)}"]}
            made["data"] = {"external_contact": {"external_userid": job["target"], "name": "n", "type": 1, "gender": 0},
                            "follow_user": [follower], "absence": None, "marks": []}
        else:
            member = f"wmnew{Session.round_n}-{self.random.random()}"
            gone = job["state"]["roster"][0]
            made["begun_us"] = None
            made["data"] = {"version": f"v{now_us}", "version_us": now_us, "trail": ["v0"], "join": [member], "quit": [gone],
                            "ledger": [self.entry(member, "join", now_us), self.entry(gone, "quit", now_us)]}
        return made

    def entry(self, member, action, now_us):
        return {"entry_id": f"{self.random.getrandbits(128):032x}", "at_us": now_us, "member_id": member, "action": action,
                "scene": 1, "origin": "event"}

    def entries_read(self):
        self.cursor.execute("select pg_stat_force_next_flush()")
        self.cursor.execute("select 1")
        return float(self.site.rows(READ)[0][0])

    def measure(self, objects):
        """(CPU us a job, index entries and rows read a job)"""
        for _ in range(WARM_UP):
            self.run_round(objects)
        pid = self.connection.get_backend_pid()
        cpu, read = gauge.cpu_us(pid), self.entries_read()
        jobs = sum(self.run_round(objects) for _ in range(ROUNDS))
        return (gauge.cpu_us(pid) - cpu) / jobs, (self.entries_read() - read) / jobs


def fill(site, before, objects):
    """From `before` to so many; nothing is told to the planner that autovacuum does not tell it."""
    for table, columns, values in FILL:
        site.rows(f"insert into wecom.{table} ({columns}) select {values} from generate_series(%s, %s - 1) as n, "
                  f"to_timestamp({EVENT_S}) as at", (before, objects))
    site.rows(CHATS, (before, objects))


def bench_sizes(site, sizes, say):
    say("\nwhat a job costs: claimed, stored, finished by one session, half customers, half chats; CPU us and entries read\n")
    say("| objects | filled in s | old session: CPU us, read | new session: CPU us, read | of the first |")
    say("|---|---|---|---|---|")
    site.rows("insert into wecom.corp (auth_corp_id, suite_id, state) values (%s, 'ww', 'active')", (CORP,))
    old = Session(site)
    first, before = None, 0
    for objects in sizes:
        began = time.monotonic()
        fill(site, before, objects)
        took, before = time.monotonic() - began, objects
        a, b = old.measure(objects), Session(site, objects).measure(objects)
        first = first or b[0]
        say(f"| {objects} | {took:.0f} | {a[0]:.0f}, {a[1]:.0f} | {b[0]:.0f}, {b[1]:.0f} | {b[0] / first:.2f} |")
