"""After twenty thousand requests with faults between them a worker holds no more descriptors or memory than before."""

import os
from pathlib import Path

from harness import wait_until
from ledger import Load, segments
from site_kit import workers

REQUESTS = 20_000
DESCRIPTORS_MORE = 24  # connections of nginx and of the database come and go
KIB_MORE = 8 * 1024


def descriptors_n(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def sample(site):
    return {pid: (descriptors_n(pid), resident_kib(pid)) for pid in site.pool.children}


def faults(site, load, end):
    """Connections lost again and again, rubbish in between, and at the end once a database that does not answer."""
    while load.acks_n() < end:
        load.more(max(1, min(2000, end - load.acks_n())), 60)
        site.cluster.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wecom_callback'")
    site.cluster.freeze()
    try:
        load.more(300)
    finally:
        site.cluster.thaw()


def test_nothing_grows(site):
    options = {"rate": 0, "connections": 32, "garbage": "0.05", "bad_signature": "0.05"}
    with Load(site, **options) as load:
        # the first part fills caches, arenas and tables of connections
        faults(site, load, REQUESTS // 4)
        before = sample(site)
        faults(site, load, REQUESTS)
    assert load.summary["sent"] >= REQUESTS and load.summary["spoiled_accepted"] == 0
    load.assert_kept(seconds=40)
    wait_until(lambda: not segments(site), 20, "the drain")
    after = sample(site)
    assert set(after) == set(before), "a process was replaced"
    assert len(workers(site)) == 2
    for pid, (descriptors, kib) in after.items():
        assert descriptors <= before[pid][0] + DESCRIPTORS_MORE, (before, after)
        assert kib <= before[pid][1] + KIB_MORE, (before, after)
