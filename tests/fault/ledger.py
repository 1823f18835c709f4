"""What was acknowledged against what is stored: the promise that every fault test ends with.

`Load` lets the simulator push real callbacks and keeps its ledger; nothing here starts, ends or repairs the product.
"""

import itertools
import json
import signal
import time

from harness import HarnessError, Lag, wait_until

ANSWER_MS = 4000  # the most a callback may wait for its answer, whatever the database does
STORED = ("select body->>'SimKey', auth_corp_id, count(*)::int, sum(deliveries)::int from wecom.event "
          "where body->>'SimKey' like %s group by 1, 2")
_seeds = itertools.count(1001)


def faults_of(acknowledged, stored):
    """Sentences about every difference.  acknowledged: {key: (corp, acks)}; stored: rows of STORED."""
    found = {}
    for key, corp, count, deliveries in stored:
        found.setdefault(key, []).append((corp, count, deliveries))
    faults = []
    for key, rows in found.items():
        if len(rows) != 1 or rows[0][1] != 1:
            faults.append(f"{key} is stored {sum(row[1] for row in rows)} times")
    for key, (corp, acks) in acknowledged.items():
        rows = found.get(key)
        if rows is None:
            faults.append(f"{key} was acknowledged {acks} times and is not stored")
        elif rows[0][0] != corp:
            faults.append(f"{key} of {corp} is stored under {rows[0][0]}")
        elif rows[0][2] < acks:
            faults.append(f"{key} was acknowledged {acks} times, its row counts {rows[0][2]} deliveries")
    return faults


def segments(site):
    """Files in the spool that wait to be drained, or are still in use."""
    return sorted(site.settings.spool_folder.glob("*.segment"))


def wait_drained(site, seconds=20):
    wait_until(lambda: not segments(site), seconds, f"the spool in {site.settings.spool_folder} to be drained")
    assert not list(site.settings.spool_folder.glob("*.damaged"))


class Load:
    """The simulator pushing at `rate` events a second over `connections`, a part of them twice, while the test goes on.

        with Load(site) as load:
            load.more(100)          wait until so many more are acknowledged
            …the fault…
        load.assert_kept()
    .summary is the simulator's own, after the end: `refused` by status, `failed` (no answer), `latency_ms`.
    """

    def __init__(self, site, *, rate=300, connections=16, port=None, **options):
        self.site = site
        self.seed = next(_seeds)
        self.folder = site.account.make_folder(site.folder / "loads", 0o755)
        self.ledger = self.folder / f"{self.seed}.ledger"
        self.output = self.folder / f"{self.seed}.output"
        options = {"repeat": "0.05", **options}
        self.options = {"rate": rate, "connections": connections, "corps": 5, "seed": self.seed, "quiet": True,
                        "ledger": self.ledger, "key_element": "SimKey",
                        **{name: value for name, value in options.items() if value is not None}}
        self.url = f"http://127.0.0.1:{port or site.port}"
        self.child = None
        self.summary = None
        self.lag = Lag()

    def __enter__(self):
        self.lag.start()
        self.child = self.site.sim.start_push(self.url, self.output, **self.options)
        return self

    def __exit__(self, kind, *_):
        self.lag.stop()
        if kind is None:
            self.stop()
        else:
            self.child.close(signal.SIGKILL)

    def stop(self):
        """No new deliveries; those under way get their answers; then the summary."""
        if self.summary is None:
            self.child.send(signal.SIGTERM)
            assert self.child.wait(60) == 0
            self.summary = json.loads(self.output.read_text().splitlines()[-1])
        return self.summary

    def wait(self, seconds=60):
        """For a load with an end of its own (count=)."""
        assert self.child.wait(seconds) == 0
        self.summary = json.loads(self.output.read_text().splitlines()[-1])
        return self.summary

    def acks_n(self):
        """Acknowledgements so far."""
        return self.ledger.read_bytes().count(b"\n") if self.ledger.exists() else 0

    def more(self, n=100, seconds=10):
        """Wait for n more acknowledgements; how many seconds it took."""
        wanted, began = self.acks_n() + n, time.monotonic()
        wait_until(lambda: self.acks_n() >= wanted, seconds, f"{n} more acknowledged events")
        return time.monotonic() - began

    def acknowledged(self):
        """{key: (corp, acks)} of the ledger."""
        found = {}
        for line in self.ledger.read_text().splitlines():
            entry = json.loads(line)
            found[entry["key"]] = (entry["corp"], max(entry["acks"], found.get(entry["key"], ("", 0))[1]))
        return found

    def stored(self, cluster=None):
        cluster = cluster or self.site.cluster
        return cluster.query(STORED, (f"{self.seed:x}-%",), database=self.site.database)

    def assert_kept(self, cluster=None, least=50, seconds=20):
        """Spool empty, and every acknowledged event there exactly once.  `least`: a load too small proves nothing."""
        acknowledged = self.acknowledged()
        assert self.acks_n() >= least, f"only {self.acks_n()} deliveries were acknowledged"
        try:
            wait_drained(self.site, seconds)
        except HarnessError:
            assert not faults_of(acknowledged, self.stored(cluster)), "not even when the time was over"
            raise
        assert faults_of(acknowledged, self.stored(cluster)) == []

    def assert_in_time(self, most_ms=ANSWER_MS):
        """No answer took longer, but for what the machine itself stood still meanwhile."""
        assert self.summary["latency_ms"]["max"] < most_ms + 1000 * self.lag.seconds, (self.summary, self.lag.seconds)

    def assert_answered(self, refused=0, failed=0, most_ms=ANSWER_MS):
        """Everything was answered in time; at most so many refusals and requests without an answer."""
        self.assert_in_time(most_ms)
        # after so long a stall a web server may find the times of all that is under way over
        more = int(self.options["connections"]) if self.lag.seconds > 1 else 0
        assert sum(self.summary["refused"].values()) <= refused + more, (self.summary, self.lag.seconds)
        assert self.summary["failed"] <= failed + more, (self.summary, self.lag.seconds)
