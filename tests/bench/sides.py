"""The two sides of the benchmark, each one measurement at a time on emptied tables: pgbench, and wrk at the receiver.

A measurement whose work was not done in full is void and says why: every answer 200, every row stored once.
"""

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import gauge
from harness import wait_until

HERE = Path(__file__).resolve().parent
TABLES = "wecom.event, wecom.job, wecom.corp_due, wecom.secret"
UNCOUNTED_S = 1  # of pgbench
PATIENCE_S = 30  # with a client that should have ended


@dataclass
class Sample:
    """One measurement.  cpu_us: per callback, by who spent it."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: dict
    row_bytes: float
    others: float
    void: list = field(default_factory=list)
    events_a_commit: float = 1.0


def percentile(values, share):
    """0 of nothing."""
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Watch:
    """CPU time between enter and exit of named process families, of ended children (`client`) and of strangers."""

    def __init__(self, families):
        self.families = families
        self.spent = {}
        self.others = 0.0

    def __enter__(self):
        self.machine = gauge.machine_us()
        self.before = {name: gauge.cpu_us(pid) for name, pid in self.families.items()}
        self.client = gauge.ended_children_us()
        return self

    def __exit__(self, *_):
        self.spent = {name: gauge.cpu_us(pid) - self.before[name] for name, pid in self.families.items()}
        self.spent["client"] = gauge.ended_children_us() - self.client
        busy, total = (now - then for now, then in zip(gauge.machine_us(), self.machine))
        self.others = max(0.0, busy - sum(self.spent.values())) / total


class Side:
    """What both have in common."""

    def __init__(self, cluster):
        self.cluster = cluster

    def prepare(self):
        self.cluster.query(f"truncate {TABLES}")
        self.cluster.query("checkpoint")

    def settle(self):
        """Wait until no backend works any more: its CPU time belongs to the measurement."""
        working = "select count(*) from pg_stat_activity where usename = 'wecom_callback' and state = 'active'"
        wait_until(lambda: self.cluster.value(working) == 0, PATIENCE_S, "the backends' end of work")

    def stored(self):
        """Rows, deliveries, and average size of the stored bodies."""
        return self.cluster.query("select count(*), coalesce(sum(deliveries), 0),"
                                  " coalesce(avg(octet_length(body::text)), 0)::float8 from wecom.event")[0]


class Limit(Side):
    """pgbench, one call of wecom.ingest a commit, as many clients as connections.

    Its first second is left out: there each of its backends starts and makes its plans, the receiver's have done so.
    """

    name = "limit"

    def __init__(self, cluster, stock, folder):
        super().__init__(cluster)
        self.stock = stock
        self.folder = folder

    def _command(self, connections, seconds, prefix):
        variables = [part for name, value in self.stock.limit_variables().items() for part in ("-D", f"{name}={value}")]
        return [self.cluster.bin / "pgbench", "-n", "-M", "prepared", "-h", self.cluster.socket_folder, "-p",
                self.cluster.port, "-U", "wecom_callback", "-f", HERE / "limit.sql", "-c", connections, "-j", 1, "-T",
                seconds + UNCOUNTED_S, "-l", f"--log-prefix={prefix}", *variables, "wecom"]

    def measure(self, connections, seconds):
        self.prepare()
        command = [str(part) for part in self._command(connections, seconds, self.folder / "pgbench")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/") as client:
            time.sleep(UNCOUNTED_S)
            since, before_us = time.time(), gauge.cpu_us(client.pid)
            with Watch({"postgresql": self.cluster.postmaster()}) as watch:
                text = client.communicate(timeout=seconds + PATIENCE_S)[0]
                until = time.time()
                self.settle()
        watch.spent["client"] -= before_us
        return self._sample(text, watch, self._finished(), since, until)

    def _finished(self):
        """(when, ms) of every transaction, from pgbench's log."""
        found = []
        for log in self.folder.glob("pgbench.*"):
            for line in log.read_text(encoding="ascii").splitlines():
                part = line.split()
                found.append((int(part[4]) + int(part[5]) / 1e6, int(part[2]) / 1000))
            log.unlink()
        return found

    def _sample(self, text, watch, finished, since, until):
        rows, deliveries, row_bytes = self.stored()
        times_ms = [ms for when, ms in finished if when >= since]
        processed = re.search(r"actually processed: (\d+)", text)
        void = []
        if processed is None or not times_ms or "ERROR" in text:
            told = [line for line in text.splitlines() if "ERROR" in line or "error:" in line]
            void.append((told or ["pgbench wrote no result"])[0])
        elif not rows == deliveries == int(processed.group(1)) == len(finished):
            void.append(f"pgbench: {processed.group(1)} transactions, {rows} rows, {deliveries} deliveries")
        spent = {name: us / max(len(times_ms), 1) for name, us in watch.spent.items()}
        return Sample(len(times_ms) / (until - since), percentile(times_ms, 0.5), percentile(times_ms, 0.99), spent,
                      row_bytes, watch.others, void)


class Receiver(Side):
    """wrk → nginx → the pool → the same database."""

    def __init__(self, cluster, stock, pool, nginx, name="receiver"):
        super().__init__(cluster)
        self.stock = stock
        self.pool = pool
        self.nginx = nginx
        self.name = name

    def _wrk(self, connections, seconds):
        command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s", "-s",
                   str(HERE / "wrk.lua"), f"http://127.0.0.1:{self.nginx.port}/"]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              timeout=seconds + PATIENCE_S, env={**os.environ, "WECOM_BENCH_STOCK": str(self.stock.path)})

    def measure(self, connections, seconds):
        self.prepare()
        before = self.pool.metrics()
        families = {"nginx": self.nginx.pid, "worker": self.pool.pid, "postgresql": self.cluster.postmaster()}
        with Watch(families) as watch:
            done = self._wrk(connections, seconds)
            self.settle()
        after = self.pool.metrics()
        counted = {name: after[name] - before.get(name, 0) for name in after}
        found = re.search(r"^BENCH (.*)$", done.stdout, re.M)
        if found is None:
            return Sample(0.0, 0.0, 0.0, {}, 0.0, watch.others, [f"wrk: {done.stdout.strip()}"])
        told = [int(part) for part in found.group(1).split()]
        if told[0] + connections >= self.stock.n:
            # wrk began the stock anew: repeats are not what is measured
            self.stock.make(2 * self.stock.n)
            return self.measure(connections, seconds)
        return self._sample(told, counted, watch, connections)

    def _sample(self, told, counted, watch, connections):
        answers, refused, broken, duration_us, p50_us, p99_us, prepared_us = told
        watch.spent["client"] -= prepared_us
        rows, deliveries, row_bytes = self.stored()
        by_database = counted['wecom_callback_events_total{acknowledged_by="database"}']
        by_spool = counted['wecom_callback_events_total{acknowledged_by="spool"}']
        void = []
        if refused or broken:
            void.append(f"{refused} answers were not 200, {broken} connections failed or were too slow")
        if deliveries != rows:
            void.append(f"{rows} rows but {deliveries} deliveries: events repeated")
        # wrk leaves with up to one request of each connection under way: stored and acknowledged, and not counted by it
        if rows != by_database or by_spool or not answers <= rows <= answers + connections:
            void.append(f"{answers} answers, {rows} rows, {by_database:.0f} acknowledged by the database,"
                        f" {by_spool:.0f} by the spool")
        spent = {name: us / max(rows, 1) for name, us in watch.spent.items()}
        commits = counted["wecom_callback_commits_total"]
        return Sample(answers / duration_us * 1e6, p50_us / 1000, p99_us / 1000, spent, row_bytes, watch.others, void,
                      rows / commits if commits else 0.0)
