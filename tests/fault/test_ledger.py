"""The check that every other test relies on finds what it is there to find."""

import pytest

from ledger import STORED, Load, faults_of

ONE_ROW = "from wecom.event where body->>'SimKey' = %s"


@pytest.fixture
def load(site):
    with Load(site) as made:
        made.more(100)
    made.assert_kept()
    made.assert_answered()
    return made


@pytest.mark.parametrize("damage, told", [
    ("delete " + ONE_ROW, "is not stored"),
    ("update wecom.event set deliveries = 0 where body->>'SimKey' = %s", "deliveries"),
    ("update wecom.event set auth_corp_id = 'another' where body->>'SimKey' = %s", "is stored under another"),
    ("""insert into wecom.event (auth_corp_id, event_time, content_hash, event_id, received_at, due_at, deliveries,
        route, state, info_type, change_type, job_kind, job_target, body)
        select auth_corp_id, event_time, sha256('another'), event_id, received_at, due_at, 1, route, state, info_type,
        change_type, job_kind, job_target, body """ + ONE_ROW, "is stored 2 times"),
], ids=["gone", "too few", "elsewhere", "doubled"])
def test_a_damaged_store_is_noticed(site, load, damage, told):
    acknowledged = load.acknowledged()
    victim = sorted(acknowledged)[3]
    connection = site.cluster.connect(database=site.database, autocommit=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute(damage, (victim,))
            assert cursor.rowcount == 1
            cursor.execute(STORED, (f"{load.seed:x}-%",))
            faults = faults_of(acknowledged, cursor.fetchall())
    finally:
        connection.rollback()
        connection.close()
    assert len(faults) == 1 and victim in faults[0] and told in faults[0]
