"""sql/migrate.sh: once, twice, many at once, and its refusals."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import SQL_DIR, connect


def migrate(database, sql_dir=SQL_DIR, user="postgres"):
    return subprocess.Popen([str(sql_dir / "migrate.sh"), "dbname=%s user=%s" % (database, user)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finish(process):
    out, err = process.communicate(timeout=900)
    return process.returncode, out, err


def dump(database):
    """The schema as text, partitions and their dates as well."""
    command = ["pg_dump", "--schema-only", "-n", "wecom", "-n", "mirror", "-n", "report", "-d", database]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.M)


@pytest.fixture
def fresh():
    """Make databases that go with the test."""
    connection = connect(database="postgres")
    connection.autocommit = True
    cursor = connection.cursor()
    made = []

    def make(name, options=""):
        cursor.execute("create database %s %s" % (name, options))
        made.append(name)
        return name

    yield make
    for name in made:
        cursor.execute("drop database %s with (force)" % name)
    connection.close()


def versions():
    return sorted(int(path.name[:4]) for path in (SQL_DIR / "migrate").glob("*.sql"))


def test_numbers_have_no_gaps():
    assert versions() == list(range(1, len(versions()) + 1))


def test_everything_on_disk_is_installed():
    listed = re.findall(r"^\\ir (.*)$", (SQL_DIR / "install.sql").read_text(), flags=re.M)
    on_disk = [str(path.relative_to(SQL_DIR)) for folder in ("function", "view") for path in (SQL_DIR / folder).glob("*.sql")]
    assert sorted(listed) == sorted(on_disk + ["role.sql"])


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_an_encoding_that_cannot_hold_every_event_is_refused(fresh, encoding):
    name = fresh("migrate_encoding", "encoding '%s' locale 'C' template template0" % encoding)
    code, out, err = finish(migrate(name))
    assert (code, out) == (1, "")
    assert encoding in err and err.count("\n") == 1
    connection = connect(database=name)
    cursor = connection.cursor()
    cursor.execute("select to_regnamespace('wecom')")
    assert cursor.fetchone() == (None,)
    connection.close()


def test_five_at_once_and_twice(fresh):
    name = fresh("migrate_five")
    results = [finish(process) for process in [migrate(name) for _ in range(5)]]
    assert [(code, err) for code, _, err in results] == [(0, "")] * 5
    for version in versions():
        assert sum("migration %d " % version in out for _, out, _ in results) == 1
    before = dump(name)
    code, out, err = finish(migrate(name))
    assert (code, err) == (0, "")
    assert "migration" not in out and "created" not in out
    assert "function ingest\n" in out and "view mirror_event\n" in out
    assert dump(name) == before
    # a second run gives what a first one gave elsewhere
    assert dump("wecom") == before


def test_a_newer_database_is_refused(fresh):
    name = fresh("migrate_newer")
    assert finish(migrate(name))[0] == 0
    connection = connect(database=name)
    connection.cursor().execute("insert into wecom.migration (version, name) values (9999, 'later')")
    connection.commit()
    connection.close()
    before = dump(name)
    code, out, err = finish(migrate(name))
    assert (code, out) == (1, "")
    assert err == "migrate: the database has schema version 9999, newer than this tree's %d: use the newer release.\n" % versions()[-1]
    assert dump(name) == before


def test_a_failing_migration_leaves_nothing(fresh, tmp_path):
    tree = tmp_path / "a tree"
    shutil.copytree(SQL_DIR, tree)
    (tree / "migrate" / ("%04d_broken.sql" % (versions()[-1] + 1))).write_text(
        "create table wecom.half (auth_corp_id text);\nselect 1/0;\n")
    name = fresh("migrate_broken")
    code, out, err = finish(migrate(name, tree))
    assert code == 1
    assert "migration %d" % versions()[-1] in out
    assert "_broken.sql failed" in err.splitlines()[-1]
    connection = connect(database=name)
    cursor = connection.cursor()
    cursor.execute("select max(version), to_regclass('wecom.half') from wecom.migration")
    assert cursor.fetchone() == (versions()[-1], None)
    connection.close()
    assert finish(migrate(name))[0] == 0


def test_what_is_there_is_brought_along(fresh, tmp_path):
    """Migration 10: ended relations get their figures, and days on which anybody joined a chat a job that counts by owner."""
    tree = tmp_path / "tree"
    shutil.copytree(SQL_DIR, tree)
    for path in (tree / "migrate").glob("*.sql"):
        if int(path.name[:4]) > 9:
            path.unlink()
    (tree / "install.sql").write_text("")
    name = fresh("migrate_nine")
    assert "migration 9" in finish(migrate(name, tree))[1]
    connection = connect(database=name)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("""
        insert into wecom.corp (auth_corp_id, suite_id, state, cancelled_at) values
            ('c1', 's', 'active', null), ('c2', 's', 'cancelled', now());
        insert into wecom.follow (auth_corp_id, external_userid, userid, period, status, added_at, lost_at, add_way) values
            ('c1', 'anna', 'u1', 1, 'deleted_by_customer', '2026-01-01Z', '2026-01-05Z', 1),
            ('c1', 'anna', 'u1', 2, 'active', '2026-01-07Z', null, 1),
            ('c1', 'bob', 'u1', 1, 'transferred', '2026-01-01Z', '2026-01-05Z', 1),
            ('c1', 'bob', 'u2', 1, 'active', '2026-01-05 01:00Z', null, 202);
        insert into wecom.follow_tag (auth_corp_id, external_userid, userid, tag_id, added_at, removed_at) values
            ('c1', 'anna', 'u1', 't1', '2026-01-02Z', null), ('c1', 'anna', 'u1', 't2', '2026-01-02Z', '2026-01-04Z');
        insert into wecom.corp_due (auth_corp_id, due_at, turn) values ('c1', 'infinity', 7);
        insert into wecom.group_day select c, '2026-01-05', 0, 0, 0, 0, j, 0, 0, 0, 0, 0, j, 0
            from (values ('c1', 1), ('c2', 1)) as u (c, j);
        insert into wecom.group_day select 'c1', '2026-01-06', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0;
        """)
    code, _, err = finish(migrate(name))
    assert (code, err) == (0, "")
    cursor.execute("select external_userid, userid, period, lost_tags, readded_at::text, takeover from wecom.follow order by 1, 2, 3")
    assert cursor.fetchall() == [("anna", "u1", 1, ["t1"], "2026-01-07 00:00:00+00", None), ("anna", "u1", 2, None, None, None),
                                 ("bob", "u1", 1, [], None, "u2"), ("bob", "u2", 1, None, None, None)]
    cursor.execute("select * from wecom.rollup_check_lost('c1')")
    assert cursor.fetchall() == []
    cursor.execute("select auth_corp_id, target, state from wecom.job where kind = 'rollup'")
    assert cursor.fetchall() == [("c1", "owner:2026-01-05", "due")]
    cursor.execute("select auth_corp_id, turn, due_at <= clock_timestamp() + interval '10 seconds' from wecom.corp_due")
    assert cursor.fetchall() == [("c1", 8, True)]
    connection.close()


def test_no_database_is_one_sentence():
    code, out, err = finish(migrate("no_such_database"))
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == "migrate: cannot connect to the database, see above."


def test_a_runner_that_is_no_superuser(fresh):
    name = fresh("migrate_plain")
    connection = connect(database="postgres")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("create role plain_runner login createrole")
    cursor.execute("grant create on database %s to plain_runner" % name)
    try:
        code, _, err = finish(migrate(name, user="plain_runner"))
        assert (code, err) == (0, "")
        code, _, err = finish(migrate(name, user="plain_runner"))
        assert (code, err) == (0, "")
    finally:
        cursor.execute("revoke create on database %s from plain_runner" % name)
        cursor.execute("drop role plain_runner")
        connection.close()


def test_without_right_is_one_sentence(fresh):
    name = fresh("migrate_denied")
    code, out, err = finish(migrate(name, user="wecom_report"))
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == "migrate: roles and schemas could not be made, see above; nothing was changed."


def test_shellcheck():
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    scripts = [str(SQL_DIR / "migrate.sh"), os.path.join(os.path.dirname(__file__), "run.sh")]
    assert subprocess.run(["shellcheck", *scripts]).returncode == 0
