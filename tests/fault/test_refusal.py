"""The database is there and does not want us: the spool takes over, one clear line says why, and it heals by itself."""

import time

import pytest

from harness import wait_until
from harness.site import MIGRATE
from ledger import Load, segments
from site_kit import backends, unique

PROCESSES = 3  # of the pool, each with a line of its own
TOLD_AGAIN_SECONDS = 10  # the same failure, to whom it lasts so long


def terminate(site):
    site.cluster.query("select pg_terminate_backend(pid) from pg_stat_activity "
                       "where usename = 'wecom_callback' and datname = %s", (site.database,), database="template1")


def assert_lives_on(site, mark, pattern, spoil, repair):
    """spoil(), some load, repair(), some more: all answered, all kept; the reason is told, and not with every event."""
    with Load(site) as load:
        load.more(50)
        began = time.monotonic()
        spoil()
        terminate(site)
        load.more(300)
        site.pool.wait_line(pattern, mark)
        told = [line for line in site.pool.lines(mark) if "database" in line or "connect" in line or "schema" in line]
        times = 1 + (time.monotonic() - began) // TOLD_AGAIN_SECONDS
        repair()
        wait_until(lambda: len(backends(site)) >= 2, 15, "the workers to be connected again")
        load.more(50)
    load.assert_kept()
    load.assert_answered()
    # for each process the loss of its connection, and the reason
    assert len(told) <= 3 * PROCESSES * times, told
    text = site.pool.text(mark)
    assert site.settings.leaked(text) == []
    site.pool.wait_line("connected to the database", mark)
    return text


@pytest.mark.parametrize("spoil, repair, pattern", [
    ("alter role wecom_callback nologin", "alter role wecom_callback login", "not permitted to log in"),
    ("revoke usage on schema wecom from wecom_callback", "grant usage on schema wecom to wecom_callback",
     "permission denied for schema wecom"),
    ("alter function wecom.schema_version() rename to away", "alter function wecom.away() rename to schema_version",
     r"schema_version\(\) does not exist"),
    ("alter function wecom.ingest(text, jsonb) rename to away",
     "alter function wecom.away(text, jsonb) rename to ingest", r"wecom\.ingest.* does not exist"),
], ids=["role", "schema", "version", "ingest"])
def test_refused(site, spoil, repair, pattern):
    try:
        assert_lives_on(site, site.pool.mark(), pattern, lambda: site.rows(spoil), lambda: site.rows(repair))
    except BaseException:
        try:
            site.rows(repair)
        except Exception:  # pylint: disable=broad-except
            pass
        raise


def test_schema_too_old(site):
    definition = site.rows("select pg_get_functiondef('wecom.schema_version()'::regprocedure)")[0][0]
    old = ("create or replace function wecom.schema_version() returns integer language sql stable security definer "
           "set search_path = pg_catalog, pg_temp as 'select 0'")
    try:
        assert_lives_on(site, site.pool.mark(), "schema has version 0", lambda: site.rows(old),
                        lambda: site.rows(definition))
    finally:
        site.rows(definition)


def test_wrong_password_then_the_right_one(site, new_front):
    """Over TCP with a password; a password is in no log line."""
    secret = unique("password")
    site.rows(f"alter role wecom_callback password '{secret}'")
    conninfo = f"host={site.cluster.socket_folder} port={site.cluster.port} user=wecom_callback dbname={site.database}"
    rules = site.cluster.data / "pg_hba.conf"
    before = rules.read_text()
    try:
        rules.write_text("local all wecom_callback scram-sha-256\n" + before)
        site.cluster.reload()
        front = new_front(conninfo=f"{conninfo} password=wrong{secret}", WECOM_LOG_REQUESTS="off")
        with Load(front) as load:
            load.more(100)
            front.pool.wait_line("password authentication failed", 0)
            assert segments(front)
            front.settings.set(WECOM_DATABASE=f"{conninfo} password={secret}").write()
            front.pool.hup()
            front.pool.wait_line("rolling", 0)
            wait_until(lambda: not segments(front) or load.acks_n() > 5000, 20, "the drain")
            load.more(50)
        load.assert_kept()
        load.assert_answered()
        assert secret not in front.pool.text()
    finally:
        rules.write_text(before)
        site.cluster.reload()
        site.rows("alter role wecom_callback password null")


def test_database_missing(site, new_front):
    """Started before its database was made."""
    name, began = unique("later_"), time.monotonic()
    front = new_front(database=name, WECOM_LOG_REQUESTS="off")
    with Load(front) as load:
        load.more(150)
        front.pool.wait_line(f'database "{name}" does not exist', 0)
        told = [line for line in front.pool.lines() if "does not exist" in line]
        assert len(told) <= PROCESSES * (1 + (time.monotonic() - began) // TOLD_AGAIN_SECONDS)
        site.cluster.create_database(name)
        site.cluster.migrate(MIGRATE, name)
        wait_until(lambda: len(backends(front)) >= 2, 15, "the workers' connections")
        load.more(50)
    load.assert_kept()
    load.assert_answered()
