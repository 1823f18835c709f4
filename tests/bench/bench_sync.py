"""The reconciler beside what bounds it, in one run: `bench_sync.py --build out/release` (see `make bench-sync`).

Pulls: group chats of 40 members read for the first time and stored, and read again by a full reconcile, against a TLS API of
50 ms latency, beside a bare libcurl loop that stores nothing and beside the ceiling that the latency allows; several numbers
of calls in flight, several daemons.  Events: from the callback to the mirror while callbacks that link come at a steady rate.
Queue: jobs through claim and finish, the tables' growth over many of them, the rate while an old snapshot is held.  The
planner alone.
Nothing is asserted about times; a round that skipped work is void, told, and the exit status is 1.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
import gauge  # noqa: E402
import psycopg2  # noqa: E402
import sizes  # noqa: E402
from harness.site import Site  # noqa: E402

LATENCY_MS = 50
ROSTER = 40
DETAIL = re.compile(r"^group_chat_member\(.*\) (type|name|group_nickname|join_at|join_scene|invitor): truth .* mirror \"\"$")
FORGET = ("truncate wecom.group_chat, wecom.group_chat_admin, wecom.group_chat_member, wecom.group_chat_ledger, "
          "wecom.group_chat_change, wecom.gap")


def arguments():
    parser = argparse.ArgumentParser(description="the reconciler beside what bounds it, in one run")
    parser.add_argument("--build", default="out/release")
    parser.add_argument("--chats", type=int, default=3000, help="group chats of the corp")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flights", default="20,50,100", help="numbers of calls in flight")
    parser.add_argument("--daemons", default="1,2,4")
    parser.add_argument("--rate", type=int, default=1000, help="callbacks a second of the events' part")
    parser.add_argument("--seconds", type=int, default=10, help="of the events' part")
    parser.add_argument("--jobs", type=int, default=1000000, help="jobs of the queue's part")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of objects of the sizes' part")
    parser.add_argument("--only", default="pulls,daemons,events,queue,sizes,planner")
    found = parser.parse_args()
    found.flights = [int(part) for part in found.flights.split(",")]
    found.daemons = [int(part) for part in found.daemons.split(",")]
    found.sizes = [int(part) for part in found.sizes.split(",")]
    found.only = found.only.split(",")
    return found


class Void(Exception):
    """A round that did not do its work."""


def say(text):
    print(text, flush=True)


def postgres_us(site):
    return gauge.cpu_us(site.cluster.postmaster())


# --- pulls ------------------------------------------------------------------------------------------------------------


def site_of_chats(wanted, corps=1, flight=50):
    return Site(build=wanted.build, serve={"corps": corps, "chats": wanted.chats // corps, "roster": ROSTER, "members": 20,
                                           "relations": 20, "rate": 0, "no_cancels": True, "no_messages": True,
                                           "no_silent": True, "quiet": True, "seed": 7},
                WECOM_SYNC_CALLS=str(flight), WECOM_SYNC_CALLS_PER_CORP=str(flight), WECOM_LOG_REQUESTS="off",
                WECOM_RECONCILE_HOURS="0", WECOM_API_CALLS_PER_MINUTE="1000000", WECOM_API_CALLS_PER_HOUR="100000000",
                WECOM_PROVIDER_CALLS_PER_MINUTE="1000000", WECOM_ENRICH_PER_HOUR="0")


def pulled(site):
    return site.serve.counts()["api"]["by_api"].get("externalcontact/groupchat/get", {}).get("ok", 0)


def bare_loop(site, wanted, ids, flight, calls):
    """The same calls without a database: a second, and CPU a call."""
    token = site.serve.ask(do="token", corp=corps_of(site)[0])["access_token"]
    url = f"{site.serve.api_base}/cgi-bin/externalcontact/groupchat/get?access_token={token}"
    done = subprocess.run([str(Path(wanted.build) / "bench" / "bare_loop"), url, site.serve.settings["WECOM_API_CA_FILE"],
                           str(flight), str(calls)], input="\n".join(ids) + "\n", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=300, check=False)
    found = dict(part.split("=") for part in done.stdout.split())
    if done.returncode != 0 or int(found["failed"]) > 0:
        raise Void(f"bare loop: {done.stdout.strip()} {done.stderr.strip()}")
    return int(found["calls"]) / float(found["seconds"]), float(found["cpu_us"])


def corps_of(site):
    return [row[0] for row in site.rows("select auth_corp_id from mirror.corp where state = 'active' order by 1")]


def held(site):
    """(chats, members): what the backfill found; of several corps not every chat is in sight."""
    return site.rows("select count(*), (select count(*) from mirror.group_chat_member) from mirror.group_chat")[0]


def pull_all(site, chats, members, is_anew=True):
    """Every chat, forgotten before or as it is: (pulls a second between the first and the last twentieth, daemon us,
    PostgreSQL us, a pull)."""
    if is_anew:
        site.rows(FORGET)
    before = pulled(site)
    read_at = site.rows("select coalesce(max(seen_at), '-infinity') from wecom.group_chat")[0][0]
    for corp in corps_of(site):
        site.rows("select wecom.resync(%s, 'chat_list', null)", (corp,))
    first, last = before + chats // 20, before + chats - chats // 20
    marks = []
    deadline = time.monotonic() + 240
    while len(marks) < 2:
        if time.monotonic() > deadline:
            raise Void(f"only {pulled(site) - before} of {chats} chats were pulled")
        n = pulled(site)
        if n >= (first if not marks else last):
            marks.append((time.monotonic(), n, sum(gauge.cpu_us(d.pid) for d in site.daemons if d.alive), postgres_us(site)))
        time.sleep(0.01)
    site.drained(120)
    stored = site.rows("select count(*), count(member_version), (select count(*) from mirror.group_chat_member) "
                       "from wecom.group_chat where seen_at > %s", (read_at,))[0]
    if stored[0] != chats or stored[1] != chats or stored[2] != members:
        raise Void(f"{stored[0]} chats with {stored[2]} members are stored, not {chats} with {members}")
    (t1, n1, sync1, pg1), (t2, n2, sync2, pg2) = marks
    return (n2 - n1) / (t2 - t1), (sync2 - sync1) / (n2 - n1), (pg2 - pg1) / (n2 - n1)


def bench_pulls(wanted):
    say(f"\npulls of chats with {ROSTER} members, API over TLS with {LATENCY_MS} ms, {wanted.chats} chats, "
        f"{wanted.rounds} rounds, medians\n")
    say("| in flight | ceiling | bare loop | stored for the first time, / bare | again as they are, / bare | "
        "CPU us a pull: bare; wecom-sync, PostgreSQL the first time; again |")
    say("|---|---|---|---|---|---|")
    for flight in wanted.flights:
        with site_of_chats(wanted, flight=flight) as site:
            site.add_daemon()
            site.drained(240)
            ids = [row[0] for row in site.rows("select chat_id from mirror.group_chat order by 1")]
            site.serve.set(latency_ms=LATENCY_MS)
            bares, firsts, agains = [], [], []
            for _ in range(wanted.rounds):
                bares.append(bare_loop(site, wanted, ids, flight, wanted.chats))
                firsts.append(pull_all(site, *held(site)))
                agains.append(pull_all(site, *held(site), is_anew=False))
        said = [f"{median(rate for rate, *_ in found):.0f}, {median(one[0] / bare[0] for one, bare in zip(found, bares)):.2f}"
                for found in (firsts, agains)]
        cpu = [f"{median(one[1] for one in found):.0f}, {median(one[2] for one in found):.0f}" for found in (firsts, agains)]
        say(f"| {flight} | {flight * 1000 / LATENCY_MS:.0f} | {median(one[0] for one in bares):.0f} | {said[0]} | {said[1]} | "
            f"{median(one[1] for one in bares):.0f}; {cpu[0]}; {cpu[1]} |")


def bench_daemons(wanted):
    corps, flight = 8, 12
    say(f"\nthe same, {corps} corps, {flight} calls in flight for each daemon\n")
    say("| daemons | pulls a second | of one daemon's | CPU us a pull: wecom-sync, PostgreSQL |")
    say("|---|---|---|---|")
    one = None
    with site_of_chats(wanted, corps=corps, flight=flight) as site:
        site.add_daemon()
        site.drained(240)
        everything = held(site)
        site.serve.set(latency_ms=LATENCY_MS)
        for daemons in wanted.daemons:
            while sum(1 for d in site.daemons if d.alive) < daemons:
                site.add_daemon()
            # leases are spread anew
            for daemon in [d for d in site.daemons if d.alive]:
                daemon.stop()
            site.daemons = []
            for _ in range(daemons):
                site.add_daemon()
            rates = [pull_all(site, *everything) for _ in range(wanted.rounds)]
            rate = median(r[0] for r in rates)
            one = one or rate
            say(f"| {daemons} | {rate:.0f} | {rate / one:.2f} | {median(r[1] for r in rates):.0f}, "
                f"{median(r[2] for r in rates):.0f} |")


# --- events -----------------------------------------------------------------------------------------------------------


class Deeds:
    """Joins at a steady rate, through the control socket, without waiting for each answer."""

    def __init__(self, site, corps, rate, seconds):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(site.serve.control))
        self.corps, self.rate, self.n = corps, rate, rate * seconds
        self.answers = self.done = 0
        self.reader = threading.Thread(target=self._read)

    def _read(self):
        with self.socket.makefile("rb") as file:
            for line in file:
                self.answers += 1
                self.done += b'"error"' not in line
                if self.answers >= self.n:
                    return

    def run(self):
        self.reader.start()
        began = time.monotonic()
        for i in range(self.n):
            ahead = began + i / self.rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            corp = self.corps[i % len(self.corps)]
            self.socket.sendall(json.dumps({"do": "deed", "kind": "join", "corp": corp}).encode() + b"\n")
        took = time.monotonic() - began
        self.reader.join(30)
        self.socket.close()
        return self.done / took


def bench_events(wanted):
    """One event of each chat at a time: the chat's last store less the arrival of its last event."""
    say(f"\nfrom the callback's arrival to the mirror, member events that link, {wanted.rate} a second asked for\n")
    say("| callbacks a second | events | p50 ms | p99 ms | most | API calls | CPU us an event: pool, wecom-sync, PostgreSQL |")
    say("|---|---|---|---|---|---|---|")
    with site_of_chats(wanted, corps=4, flight=32) as site:
        daemon = site.add_daemon()
        site.drained(240)
        calls = site.serve.counts()["api"]["calls"]
        cpu = [gauge.cpu_us(site.pool.child.pid), gauge.cpu_us(daemon.pid), postgres_us(site)]
        deeds = Deeds(site, corps_of(site), wanted.rate, wanted.seconds)
        reached = deeds.run()
        site.drained(60)
        cpu = [now - before for now, before in
               zip([gauge.cpu_us(site.pool.child.pid), gauge.cpu_us(daemon.pid), postgres_us(site)], cpu)]
        n = deeds.done
        if n < wanted.rate * wanted.seconds * 0.9:
            raise Void(f"only {n} of {wanted.rate * wanted.seconds} joins happened")
        rows = site.rows("""select extract(epoch from c.synced_at - e.received_at) * 1000
            from wecom.group_chat as c
            join lateral (select max(e.received_at) as received_at from wecom.event as e
                where e.auth_corp_id = c.auth_corp_id and e.body->>'ChatId' = c.chat_id
                    and e.body->>'UpdateDetail' = 'add_member') as e on true
            where e.received_at is not null order by 1""")
        delays = [float(row[0]) for row in rows]
        left = site.compare()
        # details are not pulled here (WECOM_ENRICH_PER_HOUR=0): all else must be equal, and something must have been compared
        others = [line for line in left.lines[:-1] if not DETAIL.search(line)]
        if others or not left.lines:
            raise Void("; ".join(others[:3]) or "nothing was compared")
        say(f"| {reached:.0f} | {n} | {delays[len(delays) // 2]:.0f} | {delays[len(delays) * 99 // 100]:.0f} | {delays[-1]:.0f} | "
            f"{site.serve.counts()['api']['calls'] - calls} | {cpu[0] / n:.0f}, {cpu[1] / n:.0f}, {cpu[2] / n:.0f} |")


# --- queue ------------------------------------------------------------------------------------------------------------

# objects never seen before, as their ids are, due one after the other; or the same few again and again
CHURN = """do $$
declare
	v_fence bigint := wecom.lease_take('wpBENCH', 'bench', 600);
	v_now_us bigint := 1772000000000000 + {first} * 1000;
	v_claimed jsonb;
begin
	perform wecom.corp_due_raise('wpBENCH', wecom.job_raise_priority('wpBENCH', (select jsonb_agg(
		jsonb_build_array('member', {target}, v_now_us + n, 0))
		from generate_series({first}, {first} + {batch} - 1) as n)));
	v_claimed := wecom.job_claim('wpBENCH', 'bench', v_fence, v_now_us + 10000000, {batch});
	perform wecom.job_finish('wpBENCH', 'bench', v_fence, v_now_us + 10000000, (select jsonb_agg(jsonb_build_object(
		'kind', c->>'kind', 'target', c->>'target', 'outcome', 'done', 'events', '[]'::jsonb))
		from jsonb_array_elements(v_claimed) as c));
end $$"""
NEW_OBJECTS = "'wo' || md5(n::text)"
SAME_OBJECTS = "'wo' || n % 64"
SIZES = "select sum(pg_total_relation_size(c)) from unnest(array['wecom.job', 'wecom.corp_due', 'wecom.lease']::regclass[]) as c"


class Churn:
    """Jobs through raise, claim and finish by one session, 64 a transaction."""

    BATCH = 64

    def __init__(self, site, target):
        self.site, self.target = site, target
        self.first = 1

    def run(self, jobs, seconds=600):
        """(done, a second, most MB of the queue's tables meanwhile, CPU us of the session a job)"""
        connection = psycopg2.connect(self.site.cluster.conninfo("postgres", self.site.database))
        connection.autocommit = True
        cursor = connection.cursor()
        began, cpu = time.monotonic(), gauge.cpu_us(connection.get_backend_pid())
        done = most = 0
        while done < jobs and time.monotonic() - began < seconds:
            cursor.execute(CHURN.format(first=self.first, target=self.target, batch=self.BATCH))
            self.first += self.BATCH
            done += self.BATCH
            if done // self.BATCH % 100 == 0 or done >= jobs:
                most = max(most, self.megabytes())
        took, cpu = time.monotonic() - began, gauge.cpu_us(connection.get_backend_pid()) - cpu
        connection.close()
        if self.site.rows("select count(*) from wecom.job")[0][0]:
            raise Void("jobs are left")
        return done, done / took, most, cpu / done

    def megabytes(self):
        return float(self.site.rows(SIZES)[0][0]) / 1e6


def bench_queue(wanted):
    say("\njobs raised, claimed and finished by one session, 64 at a time (at most ten minutes, a minute with a snapshot)\n")
    say("| | jobs | a second | CPU us a job | of the first | most MB of the queue's tables |")
    say("|---|---|---|---|---|---|")
    with Site(build=wanted.build) as site:
        site.rows("insert into wecom.corp (auth_corp_id, suite_id, state) values ('wpBENCH', 'ww', 'active')")
        churn = Churn(site, NEW_OBJECTS)
        first = None
        for name, jobs, seconds in (("the first", 20000, 60), ("more", wanted.jobs, 600)):
            done, rate, most, cpu = churn.run(jobs, seconds)
            first = first or cpu
            say(f"| {name} | {done} | {rate:.0f} | {cpu:.0f} | {cpu / first:.2f} | {most:.1f} |")
        old = psycopg2.connect(site.cluster.conninfo("postgres", site.database))
        old.set_session(isolation_level="REPEATABLE READ")
        old.cursor().execute("select count(*) from wecom.job")
        again = Churn(site, SAME_OBJECTS)
        again.first = churn.first
        for name, objects in (("an old snapshot is held", churn), ("the same 64 objects again and again, under it", again)):
            again.first = max(again.first, churn.first)
            done, rate, most, cpu = objects.run(60000 if objects is churn else 6400, 60)
            say(f"| {name} | {done} | {rate:.0f} | {cpu:.0f} | {cpu / first:.2f} | {most:.1f} |")
        old.close()


# --- sizes ------------------------------------------------------------------------------------------------------------


def bench_sizes(wanted):
    with Site(build=wanted.build) as site:
        sizes.bench_sizes(site, wanted.sizes, say)


# --- planner ----------------------------------------------------------------------------------------------------------


def bench_planner(wanted):
    say("\nthe planner alone\n")
    done = subprocess.run([str(Path(wanted.build) / "bench" / "bench_plan")], stdout=subprocess.PIPE, text=True, timeout=300,
                          check=False)
    say(done.stdout.strip())
    if done.returncode != 0:
        raise Void("bench_plan failed")


def main():
    wanted = arguments()
    parts = {"pulls": bench_pulls, "daemons": bench_daemons, "events": bench_events, "queue": bench_queue, "sizes": bench_sizes,
             "planner": bench_planner}
    status = 0
    say(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, load {gauge.load_average()}")
    for name in wanted.only:
        try:
            parts[name](wanted)
        except Void as reason:
            say(f"VOID: {name}: {reason}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
