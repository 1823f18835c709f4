"""The network between receiver and database is cut: both live in private network namespaces, joined by a cable."""

import ctypes
import os
from contextlib import contextmanager

import pytest

from harness import HarnessError, wait_until
from harness.process import run
from ledger import Load
from site_kit import Front, backends

CLONE_NEWNET = 0x40000000
RECEIVER, DATABASE = "198.18.77.1", "198.18.77.2"  # addresses for tests (RFC 2544); they exist in the namespaces only
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def inside(namespace):
    """What this thread starts meanwhile lives in that network namespace."""
    with open("/proc/thread-self/ns/net", "rb") as ours, open(f"/run/netns/{namespace}", "rb") as theirs:
        assert _libc.setns(theirs.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert _libc.setns(ours.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


class Cable:
    """Two namespaces with a veth pair between them; nothing of it is in the machine's own network."""

    def __init__(self):
        self.names = [f"wecom-{side}-{os.getpid()}" for side in ("receiver", "database")]

    def lay(self):
        for name in self.names:
            run(["ip", "netns", "add", name])
            run(["ip", "-n", name, "link", "set", "lo", "up"])
        run(["ip", "-n", self.names[0], "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns",
             self.names[1]])
        for name, address in zip(self.names, (RECEIVER, DATABASE)):
            run(["ip", "-n", name, "address", "add", f"{address}/30", "dev", "cable"])
            run(["ip", "-n", name, "link", "set", "cable", "up"])

    def cut(self):
        run(["ip", "-n", self.names[1], "link", "set", "cable", "down"])

    def mend(self):
        run(["ip", "-n", self.names[1], "link", "set", "cable", "up"])

    def remove(self):
        for name in self.names:
            try:
                run(["ip", "netns", "delete", name])
            except HarnessError:
                pass


@pytest.fixture
def cable():
    made = Cable()
    try:
        try:
            made.lay()
        except HarnessError as error:
            pytest.skip(f"network namespaces are not permitted here: {error}")
        yield made
    finally:
        made.remove()


@pytest.fixture
def remote(cable, prepared, site):
    """A pool whose database is at the other end of the cable."""
    with inside(cable.names[1]):
        cluster = prepared.cluster(listen=DATABASE, trusted=f"{RECEIVER}/32")
    try:
        front = Front(site, cluster=cluster, database=prepared.database,
                      conninfo=f"host={DATABASE} port={cluster.port} user=wecom_callback dbname={prepared.database}")
        try:
            with inside(cable.names[0]):
                front.pool.start()
            front.web["nginx"].start()
            wait_until(lambda: len(backends(front)) == 2, 10, "the workers' connections")
            yield front
        finally:
            front.close()
    finally:
        cluster.close()


def test_cut_under_load(cable, remote):
    before = remote.pool.metrics()
    with Load(remote) as load:
        load.more(150)
        cable.cut()
        load.more(300)
        cable.mend()
        load.more(100)
        wait_until(lambda: len(backends(remote)) >= 2, 15, "new connections")
        load.more(100)
    load.assert_kept()
    load.assert_answered()
    after = remote.pool.metrics()
    for way in ("database", "spool"):
        name = f'wecom_callback_events_total{{acknowledged_by="{way}"}}'
        assert after[name] - before[name] >= 100, way
    assert after["wecom_callback_worker_restarts_total"] == before["wecom_callback_worker_restarts_total"]


def test_cut_while_nothing_is_under_way(cable, remote):
    """The first callback after the cut finds a connection that looks alive."""
    with Load(remote) as load:
        load.more(50)
    cable.cut()
    with Load(remote, rate=20) as silent:
        silent.more(20)
        cable.mend()
        wait_until(lambda: len(backends(remote)) >= 2, 15, "new connections")
        silent.more(20)
    for one in (load, silent):
        one.assert_kept(least=40)
        one.assert_answered()
