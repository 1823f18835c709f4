"""Something is killed, or frozen for a while, under load: what was acknowledged is stored, exactly once."""

import signal

import pytest

from harness import wait_until
from harness.process import are_stopped, send_signal, start_time
from ledger import Load
from site_kit import gone, restart_pool, wait_whole, workers

CONNECTIONS = 16


@pytest.fixture(params=["nginx", "apache"])
def port(request, site):
    return site.web[request.param].port


def test_worker_killed(site, port):
    is_nginx = port == site.web["nginx"].port
    with Load(site, port=port, connections=CONNECTIONS) as load:
        for _ in range(2):
            load.more(100)
            victim = workers(site)[0]
            site.pool.kill_child(victim)
            wait_whole(site)
        load.more(100)
    load.assert_kept()
    # nginx asks another worker by itself; Apache passes on what the dead one held
    load.assert_answered(refused=0 if is_nginx else 2 * CONNECTIONS)


def test_every_child_killed_at_once(site):
    with Load(site) as load:
        load.more(100)
        for pid in site.pool.children:
            site.pool.kill_child(pid)
        load.more(100)
    load.assert_kept()
    load.assert_answered(refused=CONNECTIONS)
    wait_whole(site)


def test_parent_killed_and_started_again(site):
    with Load(site) as load:
        load.more(100)
        children = site.pool.children
        send_signal(site.pool.pid, signal.SIGKILL)
        # nobody ends them: they notice by themselves, and answer what they hold
        wait_until(lambda: gone(children), 10, "the end of the dead parent's children")
        restart_pool(site)
        load.more(100)
    load.assert_kept()
    # no pool, no answer but nginx's own; each request was answered, and in time
    load.assert_answered(refused=10000)
    assert set(load.summary["refused"]) <= {"502", "504"}


def test_new_parent_beside_the_children_of_the_dead_one(site):
    """A supervisor is quick: it does not wait for the orphans."""
    with Load(site) as load:
        load.more(100)
        old = site.pool.child
        children = site.pool.children
        send_signal(old.pid, signal.SIGKILL)
        wait_until(lambda: not old.alive, 5, "the end of the parent")
        site.pool.start()
        try:
            load.more(100)
            wait_until(lambda: gone(children), 10, "the end of the dead parent's children")
        finally:
            old.reap()
    load.assert_kept()
    load.assert_answered(refused=10000)


def test_backends_terminated(site):
    with Load(site) as load:
        for _ in range(3):
            load.more(100)
            site.cluster.query("select pg_terminate_backend(pid) from pg_stat_activity "
                               "where usename = 'wecom_callback'")
        load.more(100)
    load.assert_kept()
    load.assert_answered()
    wait_whole(site)


def test_database_killed_and_started_again(site):
    with Load(site) as load:
        load.more(100)
        site.cluster.kill()
        load.more(100)
        site.cluster.start()
        wait_whole(site)
        load.more(100)
    load.assert_kept()
    load.assert_answered()


def test_database_frozen(site):
    before = site.pool.metrics()
    with Load(site) as load:
        load.more(100)
        site.cluster.freeze()
        try:
            load.more(300)
        finally:
            site.cluster.thaw()
        load.more(100)
    load.assert_kept()
    load.assert_answered()
    after = site.pool.metrics()
    spooled = 'wecom_callback_events_total{acknowledged_by="spool"}'
    assert after[spooled] - before[spooled] >= 200
    assert after["wecom_callback_worker_kills_total"] == before["wecom_callback_worker_kills_total"]
    assert after["wecom_callback_commits_doubtful_total"] > before["wecom_callback_commits_doubtful_total"]


def test_web_server_killed_and_started_again(site, port):
    web = next(web for web in site.web.values() if web.port == port)
    with Load(site, port=port) as load:
        load.more(100)
        web.kill()
        web.start()
        load.more(100)
    load.assert_kept()
    load.assert_answered(failed=10000)


def test_web_server_frozen(site, port):
    web = next(web for web in site.web.values() if web.port == port)
    children = site.pool.children
    with Load(site, port=port) as load:
        load.more(100)
        frozen = [web.pid, *web.children]
        for pid in frozen:
            send_signal(pid, signal.SIGSTOP)
        wait_until(lambda: are_stopped(frozen), 10, "the web server to stand still")
        acks_n = load.acks_n()
        slept, frozen_n = site.rows("select pg_sleep(0.7)"), load.acks_n()
        for pid in frozen:
            send_signal(pid, signal.SIGCONT)
        assert slept and frozen_n <= acks_n + CONNECTIONS
        load.more(100)
    load.assert_kept()
    load.assert_answered()
    assert site.pool.children == children


def test_frozen_worker_is_replaced(site):
    """The others go on meanwhile; what the frozen one held is answered by the web server, in time."""
    kills = site.pool.metrics()["wecom_callback_worker_kills_total"]
    connections = 4 * CONNECTIONS  # more than nginx keeps open to the frozen one
    with Load(site, rate=100, connections=connections) as load:
        load.more(50)
        victim = workers(site)[0]
        site.pool.kill_child(victim, signal.SIGSTOP)
        began = answered = load.acks_n()

        def has_ended():
            nonlocal answered
            acks_n = load.acks_n()
            if start_time(victim) is None:
                return True
            answered = acks_n
            return False

        wait_until(has_ended, 12, "the end of the frozen worker")
        assert answered - began >= 20, "who answered while it was frozen"
        wait_whole(site)
        load.more(50)
    load.assert_kept()
    # each connection can be stuck once in what nginx had kept open, and once in what was just being accepted
    load.assert_answered(refused=2 * connections)
    assert site.pool.metrics()["wecom_callback_worker_kills_total"] == kills + 1
    with Load(site) as after:
        after.more(50)
    after.assert_answered()


def test_frozen_parent_harms_nobody(site):
    children = site.pool.children
    with Load(site) as load:
        load.more(100)
        send_signal(site.pool.pid, signal.SIGSTOP)
        load.more(200)
        # nobody replaces a worker now; the other takes its work
        victim = workers(site)[0]
        site.pool.kill_child(victim)
        load.more(100)
        send_signal(site.pool.pid, signal.SIGCONT)
        wait_whole(site)
        load.more(50)
    load.assert_kept()
    load.assert_answered()
    assert set(children) - set(site.pool.children) == {victim}


