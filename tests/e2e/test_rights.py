"""The receiver's role may call wecom.ingest and look at the schema's version, and nothing else."""

import psycopg2
import pytest

DENIED = [
    "select * from wecom.event",
    "select * from wecom.secret",
    "select * from wecom.job",
    "select * from mirror.event",
    "insert into wecom.setting (name, value, meaning) values ('a', 'b', 'c')",
    "delete from wecom.event",
    "truncate wecom.event",
    "create table wecom.mine (a integer)",
    "create table public.mine (a integer)",
    "select wecom.purge('wpX')",
    "set role wecom_owner",
]


@pytest.mark.parametrize("statement", DENIED)
def test_denied(site, statement):
    with pytest.raises(psycopg2.Error) as told:
        site.rows(statement, user="wecom_callback")
    # no right, or (purge is for later) no such function
    assert told.value.pgcode in ("42501", "42883"), told.value


def test_what_it_needs(site):
    assert site.rows("select wecom.schema_version() >= 1", user="wecom_callback") == [(True,)]
    assert site.rows("select wecom.ingest('wpNobody', '[]'::jsonb) is not null or true", user="wecom_callback") == [(True,)]


def test_no_function_but_these(site):
    found = site.rows("""select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('wecom', 'mirror', 'report') and has_function_privilege('wecom_callback', p.oid, 'execute')""")
    assert {row[0] for row in found} == {"ingest", "schema_version"}


def test_no_table_at_all(site):
    found = site.rows("""select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('wecom', 'mirror', 'report') and c.relkind in ('r', 'p', 'v', 'm', 'S')
        and (has_table_privilege('wecom_callback', c.oid, 'select') or has_table_privilege('wecom_callback', c.oid, 'insert')
        or has_table_privilege('wecom_callback', c.oid, 'update') or has_table_privilege('wecom_callback', c.oid, 'delete'))""")
    assert found == []


def test_the_reader_reads(site):
    assert site.rows("select count(*) >= 0 from mirror.event", user="wecom_report") == [(True,)]
    with pytest.raises(psycopg2.Error):
        site.rows("select * from wecom.event", user="wecom_report")
