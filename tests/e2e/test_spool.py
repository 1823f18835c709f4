"""The database is gone: events go to the spool, are acknowledged, and reach the database later in order; or 503."""

import time

import pytest

from harness import Lag, wait_until
from support import customer, unique


@pytest.fixture
def own(new_site):
    return new_site(web=("nginx", "apache"), WECOM_WORKERS="2")


@pytest.fixture
def stopped(cluster):
    """Stops the shared database for the test's middle; started again whatever happens."""
    yield cluster.stop
    cluster.start()


def drained(site):
    return site.pool.metrics()["wecom_callback_spool_bytes"] == 0


def spooled_files(site):
    return [path for path in site.settings.spool_folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_stored_later_in_order(own, cluster, stopped, mode):
    corp = unique("wp")
    assert own.sim.post(own.port, customer(own, corp)).body == b"success"
    mark = own.pool.settled_mark()
    stopped(mode)
    texts = [customer(own, corp) for _ in range(12)]
    for i, text in enumerate(texts):
        with Lag() as lag:
            began = time.monotonic()
            answer = own.sim.post(own.web["nginx" if i % 2 else "apache"].port, text)
            assert (answer.status, answer.body) == (200, b"success")
            assert time.monotonic() - began < 4 + lag.seconds
    lines = own.pool.wait_requests(12, mark)
    assert [line["stored"] for line in lines] == ["spool"] * 12
    assert own.pool.metrics()["wecom_callback_spool_bytes"] > 0
    for file in spooled_files(own):
        assert file.stat().st_mode & 0o077 == 0
        content = file.read_bytes()
        assert corp.encode() not in content and b"ExternalUserID" not in content
    cluster.start()
    wait_until(lambda: drained(own), 20, "the drain")
    rows = own.rows("select body->>'ExternalUserID', deliveries from mirror.event where auth_corp_id = %s "
                    "order by received_at, event_id", (corp,))
    wanted = [text.split("<ExternalUserID><![CDATA[")[1].split("]]")[0] for text in texts]
    assert [row[0] for row in rows[1:]] == wanted
    assert {row[1] for row in rows} == {1}
    metrics = own.pool.metrics()
    assert metrics['wecom_callback_events_total{acknowledged_by="spool"}'] >= 12
    assert metrics["wecom_callback_spool_drained_total"] >= 12
    # and by itself back to the database: the drainer may have been connected again a moment before the worker

    def is_stored_at_once():
        mark = own.pool.settled_mark()
        assert own.sim.post(own.port, customer(own, corp)).body == b"success"
        return own.pool.wait_requests(1, mark)[0]["stored"] == "database"

    wait_until(is_stored_at_once, 5, "a worker that stores in the database")


def test_repeats_in_the_spool_are_counted(own, cluster, stopped):
    corp = unique("wp")
    text = customer(own, corp)
    stopped()
    for _ in range(5):
        assert own.sim.post(own.port, text).body == b"success"
    cluster.start()
    wait_until(lambda: drained(own), 20, "the drain")
    assert own.rows("select count(*), sum(deliveries) from mirror.event where auth_corp_id = %s", (corp,)) == [(1, 5)]


def test_the_spool_outlives_the_pool(own, cluster, stopped):
    corp = unique("wp")
    stopped()
    for _ in range(4):
        assert own.sim.post(own.port, customer(own, corp)).body == b"success"
    assert own.pool.close() == 0
    own.pool.start()
    assert own.sim.post(own.port, customer(own, corp)).body == b"success"
    cluster.start()
    wait_until(lambda: drained(own), 20, "the drain")
    assert own.rows("select count(*) from mirror.event where auth_corp_id = %s", (corp,)) == [(5,)]


def test_started_without_a_database(new_site, cluster, stopped):
    site = new_site(web=("nginx",))
    site.pool.close()
    stopped()
    site.pool.start()
    corp = unique("wp")
    assert site.sim.post(site.port, customer(site, corp)).body == b"success"
    cluster.start()
    wait_until(lambda: drained(site), 20, "the drain")
    assert site.rows("select count(*) from mirror.event where auth_corp_id = %s", (corp,)) == [(1,)]


def test_bad_input_is_refused_without_a_database(own, stopped):
    stopped()
    assert own.sim.post(own.port, customer(own), signature="0" * 40).status == 403
    assert own.sim.post(own.port, "rubbish").status == 400
    assert own.sim.verify(own.port, "command", "123").body == b"123"
    assert spooled_files(own) == [] or drained(own)


def test_spool_off(new_site, cluster, stopped):
    site = new_site(web=("nginx", "apache"), WECOM_SPOOL_MAX_BYTES="0")
    corp = unique("wp")
    mark = site.pool.settled_mark()
    stopped()
    for name in ("nginx", "apache"):
        with Lag() as lag:
            began = time.monotonic()
            answer = site.sim.post(site.web[name].port, customer(site, corp))
            assert answer.status == 503 and b"success" not in answer.body
            assert time.monotonic() - began < 4 + lag.seconds
    assert [line["status"] for line in site.pool.wait_requests(2, mark)] == ["503", "503"]
    cluster.start()
    wait_until(lambda: site.sim.post(site.port, customer(site, corp)).status == 200, 10, "the database to be used again")
    assert site.rows("select count(*) from mirror.event where auth_corp_id = %s", (corp,)) == [(1,)]


def test_spool_full(new_site, cluster, stopped):
    site = new_site(web=("nginx",), WECOM_SPOOL_MAX_BYTES="20000")
    corp = unique("wp")
    stopped()
    statuses = [site.sim.post(site.port, customer(site, corp)).status for _ in range(60)]
    assert set(statuses) == {200, 503}
    assert sum(file.stat().st_size for file in spooled_files(site)) <= 20000
    cluster.start()
    wait_until(lambda: drained(site), 20, "the drain")
    stored = site.rows("select count(*) from mirror.event where auth_corp_id = %s", (corp,))[0][0]
    assert stored == statuses.count(200)
