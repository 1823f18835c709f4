"""Orderly ends and renewals under load, through nginx as shipped: nobody outside notices."""

import os
import signal
import socket
import time
from contextlib import ExitStack

import pytest

from harness import wait_until
from harness.process import Child
from ledger import Load, wait_drained
from site_kit import Front, customer, gone, is_success, posting, unique, wait_whole


def test_rolled_again_and_again(site):
    with Load(site) as load:
        for _ in range(3):
            load.more(60)
            before = site.pool.children
            site.pool.hup()
            wait_until(lambda old=before: gone(old), 15, "the end of the old generation")
            wait_whole(site)
        load.more(60)
    load.assert_kept()
    load.assert_answered()


def test_rolled_while_the_database_is_frozen(site):
    with Load(site) as load:
        load.more(60)
        site.cluster.freeze()
        try:
            before = site.pool.children
            site.pool.hup()
            load.more(100)
            wait_until(lambda: gone(before), 15, "the end of the old generation")
        finally:
            site.cluster.thaw()
        load.more(60)
    load.assert_kept()
    load.assert_answered()


def test_term_under_load(site):
    """What is under way is answered, the exit code is 0; afterwards nobody listens, which nginx says itself."""
    with Load(site) as load:
        load.more(100)
        children = site.pool.children
        site.pool.term()
        assert site.pool.child.wait(10) == 0
        assert gone(children)
        site.pool.start()
        load.more(100)
    load.assert_kept()
    load.assert_answered(refused=10000)
    assert set(load.summary["refused"]) <= {"502"}


class Held:
    """The listening socket in our hands, as a socket unit of systemd holds it: pools come and go on it."""

    def __init__(self, front):
        self.front = front
        self.socket = socket.socket(socket.AF_UNIX)
        front.pool.socket.unlink(missing_ok=True)
        self.socket.bind(str(front.pool.socket))
        os.chmod(front.pool.socket, 0o660)
        front.account.own(front.pool.socket)
        self.socket.listen(1024)

    def start(self):
        pool = self.front.pool
        since = pool.mark()
        pool.child = Child([pool.program, "-c", pool.settings_path], self.front.account, log=pool.log,
                           stdin=self.socket.fileno())
        pool.wait_line("ready:", since)
        return pool.child


@pytest.fixture
def held(site):
    front = Front(site, WECOM_LOG_REQUESTS="off")
    made = Held(front)
    try:
        made.start()
        front.web["nginx"].start()
        wait_whole(front)
        yield made
    finally:
        front.close()
        made.socket.close()


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 0), (signal.SIGINT, 0)])
def test_restarted_on_a_socket_that_stays(held, number, code):
    """Nothing is refused and nothing is lost while the one pool ends and the next begins."""
    front = held.front
    with Load(front) as load:
        for _ in range(2):
            load.more(100)
            children = front.pool.children
            front.pool.child.send(number)
            assert front.pool.child.wait(10) == code
            assert gone(children)
            held.start()
        load.more(100)
    load.assert_kept()
    load.assert_answered()


def test_ended_while_the_database_is_frozen(site):
    """What is under way is answered from the spool, not dropped, and the pool ends in time."""
    corps = [unique("wp") for _ in range(8)]
    parent, children = site.pool.child, site.pool.children
    site.cluster.freeze()
    try:
        with ExitStack() as under_way:
            answers = [under_way.enter_context(posting(site, customer(site, corp))) for corp in corps]
            time.sleep(1.5)  # all of them have reached a worker
            site.pool.term()
            assert parent.wait(10) == 0
    finally:
        site.cluster.thaw()
    assert [is_success(answer) for answer, _ in answers] == [True] * len(corps)
    assert gone(children)
    site.pool.start()
    wait_drained(site)
    assert site.rows("select count(*)::int from wecom.event where auth_corp_id = any(%s)", (corps,)) == [(len(corps),)]
