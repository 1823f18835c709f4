"""The receiver beside its limit, in one run: `bench.py --build out/release` (see `make bench`).

The limit is pgbench calling wecom.ingest, one call a commit, with as many clients as the receiver has connections.
The receiver is wrk → nginx as shipped → the pool → the same PostgreSQL, durable settings.  The sides take turns,
so that whatever else the machine does hits both; each figure is the median of its rounds.  Nothing is asserted about
times; a round that skipped work is void, told, and the exit status is 1.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
import gauge  # noqa: E402
import report  # noqa: E402
from harness import Account, Cluster, HarnessError, Nginx, Pool, Settings, Sim, wait_until  # noqa: E402
from harness.process import run  # noqa: E402
from harness.site import MIGRATE  # noqa: E402
from sides import Limit, Receiver  # noqa: E402
from stock import Stock  # noqa: E402

WARM_UP_S = 2
WARM_UP_CALLBACKS = 20000
STOCK_MARGIN = 2  # callbacks made over those that the warm-up's speed would use
SLOW_CONNECTIONS = 64


def arguments():
    parser = argparse.ArgumentParser(description="the receiver beside pgbench, in one run")
    parser.add_argument("--build", default="out/release", help="folder of wecom-callback, wecom-sim and bench/")
    parser.add_argument("--seconds", type=int, help="of each measurement (5; quick: 2)")
    parser.add_argument("--rounds", type=int, help="measurements of each side (3; quick: 1)")
    parser.add_argument("--quick", action="store_true", help="for a first look")
    parser.add_argument("--connections", default="16,32,64", help="numbers of connections")
    parser.add_argument("--nginx-workers", default="1,auto", help="numbers of nginx's workers")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the receiver")
    parser.add_argument("--no-slow", action="store_true", help="without the round of slow flushes")
    parser.add_argument("--folder", help="where the database's files go (default: the temporary folder)")
    wanted = parser.parse_args()
    wanted.seconds = wanted.seconds or (2 if wanted.quick else 5)
    wanted.rounds = wanted.rounds or (1 if wanted.quick else 3)
    wanted.connections = [int(part) for part in wanted.connections.split(",")]
    wanted.nginx_workers = wanted.nginx_workers.split(",")
    return wanted


@contextmanager
def preloaded(library):
    """What is started inside gets the library (LD_PRELOAD)."""
    os.environ["LD_PRELOAD"] = str(library)
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"]


class Bench:
    """Everything that runs: a context manager."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.build = Path(wanted.build).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="wecom-bench-", dir=wanted.folder))
        self.folder.chmod(0o755)
        self.account = Account()
        self.cluster = Cluster(self.folder / "pg", self.account, socket_folder=self.folder / "s")
        self.settings = Settings(self.folder / "conf", self.account)
        self.settings.set(WECOM_DATABASE=self.cluster.conninfo("wecom_callback"),
                          **dict(part.split("=", 1) for part in wanted.set))
        self.pool = self.stock = None
        self.webs = {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for part in [*self.webs.values(), self.pool, self.cluster]:
            if part is not None:
                part.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.cluster.create()
        self.cluster.start()
        self.cluster.create_database()
        self.cluster.migrate(MIGRATE)
        self.settings.write()
        self.pool = Pool(self.folder / "pool", self.account, self.build / "wecom-callback", self.settings.path)
        self.pool.start()
        for workers in self.wanted.nginx_workers:
            folder = self.folder / f"nginx-{workers}"
            self.webs[workers] = Nginx(folder, self.account, self.pool.socket, workers=workers)
            self.webs[workers].start()
        sim = Sim(self.build / "wecom-sim", self.settings.path, self.account, self.folder)
        self.stock = Stock(self.folder / "stock", sim, self.settings)

    def setting(self, name):
        """As the receiver understands it: ours, else its default."""
        defaults = run([self.pool.program, "-S"], self.account)
        found = re.search(rf"^{name}=(.*)$", defaults, re.M)
        return self.settings.values.get(name, found.group(1) if found else "?")

    def sides(self):
        return Limit(self.cluster, self.stock, self.folder), [
            Receiver(self.cluster, self.stock, self.pool, web, name) for name, web in self.webs.items()]

    def warm_up(self):
        """Caches, WAL files, and how many callbacks a measurement will use."""
        limit, receivers = self.sides()
        self.stock.make(WARM_UP_CALLBACKS)
        limit.measure(SLOW_CONNECTIONS, WARM_UP_S)
        rate = max(receiver.measure(SLOW_CONNECTIONS, WARM_UP_S).rate for receiver in receivers)
        if rate == 0:
            raise HarnessError("the receiver answered nothing; its log ends: " + " | ".join(self.pool.lines()[-3:]))
        self.stock.make(int(rate * self.wanted.seconds * STOCK_MARGIN) + SLOW_CONNECTIONS)

    def measure(self, connections, slow=False):
        """The rounds of one number of connections, sides taking turns; one Line for each nginx."""
        limit, receivers = self.sides()
        pairs = {receiver.name: [] for receiver in receivers}
        for number in range(self.wanted.rounds):
            bound = limit.measure(connections, self.wanted.seconds)
            for receiver in receivers:
                sample = receiver.measure(connections, self.wanted.seconds)
                pairs[receiver.name].append((bound, sample))
                self.compare(bound, sample)
                print(f"  {connections:3} connections{', slow flushes' if slow else ''}, round {number + 1}: limit"
                      f" {bound.rate:6.0f}/s; receiver, nginx {receiver.name}: {sample.rate:6.0f}/s"
                      f" {'; '.join(bound.void + sample.void)}", flush=True)
        return [report.Line(name, connections, rounds, slow) for name, rounds in pairs.items()]

    @staticmethod
    def compare(bound, sample):
        """The sides must store the same kind of row."""
        if sample.row_bytes and bound.row_bytes and abs(sample.row_bytes / bound.row_bytes - 1) > 0.02:
            sample.void.append(f"bodies of {sample.row_bytes:.0f} bytes beside the limit's {bound.row_bytes:.0f}")

    def connected_n(self):
        return self.cluster.value("select count(*) from pg_stat_activity where usename = 'wecom_callback'")

    def measure_slow(self):
        library = self.account.lend(self.build / "bench" / "slow_flush.so", self.folder)
        self.cluster.stop()
        with preloaded(library):
            self.cluster.start()
        workers = int(self.setting("WECOM_WORKERS"))
        wait_until(lambda: self.connected_n() >= workers, 10, "the pool's connections")
        return self.measure(SLOW_CONNECTIONS, slow=True)

    def parse_us(self):
        program = self.account.lend(self.build / "bench" / "bench_parse", self.folder)
        return float(re.search(r"^all +([0-9.]+) us", run([program], self.account), re.M).group(1))


def measure_all(bench):
    """All measurements, then the report on stdout; how many rounds were void."""
    bench.warm_up()
    head = gauge.machine(bench.folder, bench.cluster.bin / "postgres")
    lines = [line for connections in bench.wanted.connections for line in bench.measure(connections)]
    memory_kb = list(gauge.pss_kb(bench.pool.pid).values())
    parse_us = bench.parse_us()
    if not bench.wanted.no_slow:
        lines += bench.measure_slow()
    head["load average"] += " before, " + gauge.load_average() + " after"
    head["how"] = how(bench)
    show(head, lines, [report.speed_rows(lines), report.cpu_rows(lines), report.other_rows(memory_kb, parse_us)])
    return sum(len(line.void) for line in lines)


def how(bench):
    names = ("WECOM_WORKERS", "WECOM_THREADS", "WECOM_COMMIT_EVENTS_MAX", "WECOM_LOG_REQUESTS")
    settings = ", ".join(f"{name}={bench.setting(name)}" for name in names)
    return (f"median (lowest–highest) of {bench.wanted.rounds} rounds of {bench.wanted.seconds} s, the sides taking"
            f" turns; client, nginx, pool and PostgreSQL share the machine; {settings}")


def show(head, lines, tables):
    print()
    for name, value in head.items():
        print(f"{name}: {value}")
    for table in tables:
        print("\n" + report.plain(table))
    for line in lines:
        for reason in line.void:
            print(f"VOID, {line.connections} connections, nginx {line.label}: {reason}")
    print("\n--- Markdown ---\n\n" + "; ".join(f"{name}: {value}" for name, value in head.items()) + ".")
    for table in tables:
        print("\n" + report.markdown(table))


def main():
    wanted = arguments()
    try:
        with Bench(wanted) as bench:
            return 1 if measure_all(bench) else 0
    except HarnessError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
