"""The pool under signals, with requests under way: who is told to end answers first, who dies is replaced."""

import os
import signal
import socket
import threading
import time
from http.client import HTTPConnection

import pytest

from harness import Lag, client, wait_until
from harness.process import start_time
from support import Load, Watch, customer, in_parallel, unique

WEBS = ["nginx", "apache"]


@pytest.fixture(params=WEBS)
def own(request, new_site):
    """A pool of its own, since it is killed and renewed."""
    return new_site(web=(request.param,), WECOM_WORKERS="2", WECOM_DATABASE_TIMEOUT_MS="3500")


def workers(site):
    """The children less the drainer, which has no connection to the web server's socket."""
    return [pid for pid in site.pool.children if listens(pid)]


def listens(pid):
    try:
        return os.readlink(f"/proc/{pid}/fd/0").startswith("socket:")
    except OSError:
        return False


def test_term_answers_what_is_under_way(own):
    """Requests that have reached a worker get their answer; the parent ends with 0 and takes all with it."""
    with own.cluster.connect(database=own.database, autocommit=False) as blocker:
        corp = unique("wp")
        text = customer(own, corp)
        assert own.sim.post(own.port, text).body == b"success"
        blocker.cursor().execute("select * from wecom.event where auth_corp_id = %s for update", (corp,))
        answers = []
        crafted = [own.sim.craft(route="command", method="POST", message=text) for _ in range(6)]
        calls = [lambda c=c: answers.append(client.request(own.port, "POST", own.sim.target(c), c["body"])) for c in crafted]
        threads = [threading.Thread(target=call) for call in calls]
        for thread in threads:
            thread.start()
        time.sleep(1.5)  # all of them have reached a worker
        own.pool.term()
        time.sleep(0.3)
        blocker.rollback()
        for thread in threads:
            thread.join(20)
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"success")] * 6
    assert own.pool.child.wait(10) == 0


def test_hup_under_load_refuses_nobody(own):
    before = own.pool.children
    with Load(own, own.port, threads=6) as load:
        for _ in range(3):
            time.sleep(0.5)
            mark = own.pool.settled_mark()
            own.pool.hup()
            wait_until(lambda: not set(before) & set(own.pool.children) and len(own.pool.children) == 3, 15,
                       "the new generation")
            before = own.pool.children
        load.reach(30)
    assert load.failures == []
    assert mark
    load.assert_nothing_lost()
    assert own.pool.alive


def test_hup_takes_a_changed_setting(own):
    crafted = own.sim.craft(route="command", method="POST", message=customer(own))
    body = crafted["body"] + " " * 5000
    assert client.request(own.port, "POST", own.sim.target(crafted), body).status == 200
    own.settings.set(WECOM_BODY_MAX_BYTES="4096").write()
    before = own.pool.children
    own.pool.hup()
    wait_until(lambda: not set(before) & set(own.pool.children), 15, "the new generation")
    assert client.request(own.port, "POST", own.sim.target(crafted), body).status == 413


def test_hup_with_broken_settings_keeps_the_old(own):
    before, mark = own.pool.children, own.pool.settled_mark()
    own.settings.set(WECOM_WORKERS="many").write()
    own.pool.hup()
    line = own.pool.wait_line("WECOM_WORKERS", mark)
    assert own.settings.leaked(line) == []
    time.sleep(1)
    assert own.pool.children == before
    assert own.sim.post(own.port, customer(own)).body == b"success"
    own.settings.unset("WECOM_WORKERS").write()


def test_worker_killed_under_load(own):
    """The other worker's requests go on, a new one comes, and nobody waits for long."""
    with Load(own, own.port, threads=6) as load:
        for _ in range(3):
            time.sleep(0.4)
            victim, before = workers(own)[0], own.pool.children
            own.pool.kill_child(victim, signal.SIGKILL)
            wait_until(lambda: victim not in own.pool.children and len(own.pool.children) == len(before), 10,
                       "the replacement")
        load.reach(30)
    load.assert_nothing_lost()
    # nginx tries again by itself; behind Apache only what the killed worker itself held may be lost
    assert len(load.failures) <= (0 if own.web_names[0] == "nginx" else 18), load.failures
    assert load.slowest < 4.5 + load.lag.seconds
    assert own.pool.metrics()["wecom_callback_worker_restarts_total"] >= 3


def test_all_children_killed_at_once(own):
    before = own.pool.children
    for pid in before:
        own.pool.kill_child(pid, signal.SIGKILL)
    wait_until(lambda: len(own.pool.children) == len(before), 10, "the replacements")
    answer = own.sim.post(own.port, customer(own))
    assert (answer.status, answer.body) == (200, b"success")


def test_frozen_worker_is_ended_and_replaced(new_site):
    own = new_site(web=("nginx",))
    victim = workers(own)[0]
    own.pool.kill_child(victim, signal.SIGSTOP)
    with Load(own, own.port, threads=4, pause=0.05) as load:
        wait_until(lambda: victim not in own.pool.children, 20, "the end of the frozen worker")
        wait_until(lambda: len(own.pool.children) == 3, 10, "the replacement")
        # each thread may still hold what the frozen one had taken
        load.reach(len(load.acknowledged) + 12)
        healthy_from = len(load.failures)
        load.reach(len(load.acknowledged) + 12)
    load.assert_nothing_lost()
    assert load.failures[healthy_from:] == []


def test_parent_killed_takes_the_workers_with_it(own):
    children = own.pool.children
    own.pool.child.send(signal.SIGKILL)
    wait_until(lambda: not any(start_time(pid) for pid in children), 10, "the end of the workers")
    own.pool.close()
    own.pool.start()
    assert own.sim.post(own.port, customer(own)).body == b"success"


def test_counters(own):
    corp = unique("wp")
    text = customer(own, corp)
    before = own.pool.metrics()
    for _ in range(2):
        assert own.sim.post(own.port, text).body == b"success"
    own.sim.post(own.port, text, signature="0" * 40)
    after = own.pool.metrics()

    def grown(name):
        return after[name] - before.get(name, 0)

    assert grown('wecom_callback_requests_total{outcome="ok"}') == 2
    assert grown('wecom_callback_events_total{acknowledged_by="database"}') == 2
    assert grown("wecom_callback_repeats_total") == 1
    assert 1 <= grown("wecom_callback_commits_total") <= 2
    assert after["wecom_callback_spool_bytes"] == 0
    assert grown("wecom_callback_duration_seconds_count") == 3


def test_requests_that_arrive_together_share_commits(own):
    text = [customer(own, unique("wp")) for _ in range(60)]
    crafted = [own.sim.craft(route="command", method="POST", message=one) for one in text]
    before = own.pool.metrics()["wecom_callback_commits_total"]
    calls = [lambda c=c: client.request(own.port, "POST", own.sim.target(c), c["body"]) for c in crafted]
    answers = []
    with own.cluster.connect(database=own.database, autocommit=False) as blocker:
        # a commit that waits, so that the others are there when it is over
        blocker.cursor().execute("lock table wecom.event in access exclusive mode")
        posting = threading.Thread(target=lambda: answers.extend(in_parallel(calls)))
        posting.start()
        wait_until(lambda: own.cluster.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = %s",
                                             (own.database,), database="template1"), 10, "a commit that waits for the table")
        time.sleep(1)
        blocker.rollback()
        posting.join(60)
    assert {answer.status for answer in answers} == {200}
    assert own.pool.metrics()["wecom_callback_commits_total"] - before < 60


def test_without_a_listening_socket_it_says_so(own):
    code, told = own.pool._run()  # pylint: disable=protected-access
    assert code != 0 and "spawn-fcgi" in told


# connections

def test_many_more_connections_than_threads(site, port):
    """200 at once: each is answered, idle ones beside them change nothing."""
    idle = [client.open_socket(port) for _ in range(100)]
    try:
        for connection in idle:
            connection.sendall(b"POST /api/v1/wecom/command?x=1 HTTP/1.1\r\nHost: x\r\nContent-Le")
        crafted = [site.sim.craft(route="command", method="POST", message=customer(site)) for _ in range(200)]
        with Lag() as lag:
            began = time.monotonic()
            answers = in_parallel([lambda c=c: client.request(port, "POST", site.sim.target(c), c["body"]) for c in crafted])
            assert [(answer.status, answer.body) for answer in answers] == [(200, b"success")] * 200
            assert time.monotonic() - began < 10 + lag.seconds
    finally:
        for connection in idle:
            connection.close()


def test_idle_fastcgi_connections_starve_nobody(site, port):
    """More open connections to the pool itself than it has threads."""
    idle = []
    try:
        for _ in range(64):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(site.pool.socket))
            idle.append(connection)
        with Lag() as lag:
            began = time.monotonic()
            for _ in range(5):
                assert site.sim.post(port, customer(site)).body == b"success"
            assert time.monotonic() - began < 5 + lag.seconds
    finally:
        for connection in idle:
            connection.close()


@pytest.mark.parametrize("framing", ["Content-Length: 5000\r\n\r\n<xml>", "Transfer-Encoding: chunked\r\n\r\n5\r\n<xml>\r\n"],
                         ids=["length", "chunked"])
def test_slow_bodies_harm_nobody(site, port, framing):
    watch = Watch(site)
    slow = [client.open_socket(port) for _ in range(40)]
    try:
        crafted = site.sim.craft(route="command", method="POST", message=customer(site))
        head = f"POST {site.sim.target(crafted)} HTTP/1.1\r\nHost: x\r\n{framing}".encode()
        for connection in slow:
            connection.sendall(head)
        for _ in range(10):
            for connection in slow:
                try:
                    connection.sendall(b"1\r\n \r\n" if "chunked" in framing else b" ")
                except OSError:
                    pass
            with Lag() as lag:
                began = time.monotonic()
                assert site.sim.post(port, customer(site)).body == b"success"
                assert time.monotonic() - began < 2 + lag.seconds
            time.sleep(0.05)
    finally:
        for connection in slow:
            connection.close()
    assert site.pool.children == watch.children


def test_client_that_goes_away(site, port):
    watch = Watch(site)
    crafted = site.sim.craft(route="command", method="POST", message=customer(site))
    data = (f"POST {site.sim.target(crafted)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(crafted['body'].encode())}\r\n\r\n"
            + crafted["body"]).encode()
    for length in (10, len(data) // 2, len(data)):
        with client.open_socket(port) as connection:
            connection.sendall(data[:length])
    assert site.sim.post(port, customer(site)).body == b"success"
    assert site.pool.children == watch.children


def test_kept_connection_takes_many_requests(site, port):
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    for _ in range(20):
        crafted = site.sim.craft(route="command", method="POST", message=customer(site))
        connection.request("POST", site.sim.target(crafted), crafted["body"].encode())
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"success")
    connection.close()


def test_a_dead_socket_is_a_clear_failure(new_site):
    site = new_site(web=("nginx", "apache"))
    site.pool.close()
    for name in ("nginx", "apache"):
        answer = site.sim.post(site.web[name].port, customer(site))
        assert answer.status in (502, 503), name
