"""sql/report.sh: every report by its name, as the role that people use."""
import subprocess

import pytest

from conftest import SQL_DIR, connect


def names():
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("""
        select f.proname from pg_proc as f where f.pronamespace = 'report'::regnamespace
        union select c.relname from pg_class as c
        where c.relnamespace in ('report'::regnamespace, 'mirror'::regnamespace) and c.relkind = 'v'
        order by 1""")
    found = [row[0] for row in cursor.fetchall()]
    connection.close()
    return found


def report(**values):
    connection = connect()
    place = connection.get_dsn_parameters()
    connection.close()
    conninfo = f"host={place['host']} dbname={place['dbname']} user=wecom_report"
    return subprocess.run([str(SQL_DIR / "report.sh"), conninfo], env={"PATH": "/usr/bin:/bin", **values}, capture_output=True,
                          text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", names())
def test_each_report_is_printed_as_lines_of_a_file(name):
    done = report(R=name, CORP="c'1", CSV="1", FROM="2026-02-01", TO="2026-02-28", CUSTOMER='x"')
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()[0].split(",")) >= 3


def test_the_contract_is_there():
    contract = "customer_daily staff_ranking channel_state loss_list transfer group_daily group_list group_ledger " \
               "duplicate_members owner_ranking " \
               "group_changes tag_usage tag_order_changes customer_timeline openid_coverage data_trust api_usage credentials"
    assert set(contract.split()) <= set(names())


@pytest.mark.parametrize("values, said", [
    ({"R": "nothing"}, "no report named nothing"),
    ({"R": "x; drop table y"}, "R=name of a report"),
    ({}, "R=name of a report"),
    ({"R": "staff_ranking"}, "CORP=id of the corp"),
    ({"R": "staff_ranking", "CORP": "c", "FROM": "never"}, "invalid input syntax"),
])
def test_what_is_wrong_is_told(values, said):
    done = report(**values)
    assert done.returncode != 0 and said in done.stderr
