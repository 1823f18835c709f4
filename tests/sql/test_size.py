"""What a store reads does not grow with the corp, whatever the planner knows of its tables: entries read are counted."""
import json

import pytest

from conftest import EVENT_S, connect

CORP = "big"
OBJECTS = 3000


@pytest.fixture
def big(db):
    """A corp with so many customers and chats, and no statistics of them."""
    tables = "wecom.corp, wecom.customer, wecom.follow, wecom.follow_tag, wecom.group_chat, wecom.group_chat_member"
    db.execute("truncate " + tables)
    db.execute("insert into wecom.corp (auth_corp_id, suite_id, state) values (%s, 's', 'active')", (CORP,))
    db.execute("insert into wecom.customer (auth_corp_id, external_userid, name, synced_at) "
               "select %s, 'wm' || n, 'n', to_timestamp(%s) from generate_series(1, %s) as n", (CORP, EVENT_S, OBJECTS))
    db.execute("insert into wecom.follow (auth_corp_id, external_userid, userid, period, remark, status, added_at) "
               "select %s, 'wm' || n, 'wo' || n %% 500, 1, 'r', 'active', to_timestamp(%s) from generate_series(1, %s) as n",
               (CORP, EVENT_S, OBJECTS))
    db.execute("insert into wecom.follow_tag (auth_corp_id, external_userid, userid, tag_id, added_at) "
               "select %s, 'wm' || n, 'wo' || n %% 500, 'et1', to_timestamp(%s) from generate_series(1, %s) as n",
               (CORP, EVENT_S, OBJECTS))
    yield db
    db.execute("truncate " + tables)


def entries_read(db, cursor):
    cursor.execute("select pg_stat_force_next_flush()")
    cursor.execute("select 1")
    db.execute("select pg_stat_clear_snapshot()")
    db.execute("select (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'wecom') + "
               "(select sum(seq_tup_read) from pg_stat_user_tables where schemaname = 'wecom')")
    return db.fetchone()[0]


def follower(n, remark):
    return {"userid": "wo%d" % (n % 500), "remark": remark, "create_us": EVENT_S * 1000000, "tags": ["et2"]}


def test_a_customer(big):
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    begun_us = (EVENT_S + 100) * 1000000
    before = entries_read(big, cursor)
    for n in range(1, 21):
        data = {"external_contact": {"external_userid": "wm%d" % n, "name": "m"}, "follow_user": [follower(n, "s")]}
        cursor.execute("select wecom.object_store(%s, 'customer', %s, %s, %s, %s, false)",
                       (CORP, "wm%d" % n, json.dumps(data), begun_us, begun_us))
    read = (entries_read(big, cursor) - before) / 20
    connection.close()
    big.execute("select count(*) filter (where f.remark = 's'), (select count(*) from wecom.follow_tag as t "
                "where t.tag_id = 'et2' and t.removed_at is null), (select count(*) from wecom.follow_tag as t "
                "where t.tag_id = 'et1' and t.removed_at is not null) from wecom.follow as f")
    assert big.fetchone() == (20, 20, 20)
    print("entries read for one of %d customers: %.0f" % (OBJECTS, read))
    assert read < 100


def test_a_deletion(big):
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    before = entries_read(big, cursor)
    for n in range(1, 21):
        data = {"marks": [{"userid": "wo%d" % (n % 500), "mark": "deleted_by_staff", "at_us": (EVENT_S + n) * 1000000,
                           "event_id": "00000000-0000-7000-8000-%012d" % n}]}
        cursor.execute("select wecom.object_store(%s, 'customer', %s, %s, null, %s, false)",
                       (CORP, "wm%d" % n, json.dumps(data), (EVENT_S + 100) * 1000000))
    read = (entries_read(big, cursor) - before) / 20
    connection.close()
    big.execute("select count(*), (select count(*) from wecom.follow_tag where removed_at is not null) "
                "from wecom.follow where status = 'deleted_by_staff'")
    assert big.fetchone() == (20, 20)
    print("entries read for one of %d customers: %.0f" % (OBJECTS, read))
    assert read < 100


def test_the_end_of_a_listing(big):
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    begun_us = (EVENT_S + 100) * 1000000
    before = entries_read(big, cursor)
    for n in range(20):
        data = {"complete": True, "seen": []}
        cursor.execute("select wecom.object_store(%s, 'customer_list', %s, %s, %s, %s, false)",
                       (CORP, "wo%d" % n, json.dumps(data), begun_us, begun_us))
    read = (entries_read(big, cursor) - before) / 20
    connection.close()
    big.execute("select count(*) from wecom.follow where status = 'deleted_by_staff'")
    assert big.fetchone()[0] == 20 * (OBJECTS // 500)
    print("entries read for a member with %d of %d customers: %.0f" % (OBJECTS // 500, OBJECTS, read))
    assert read < 300


def test_people_of_chats(big):
    """Who is in several chats, while the planner takes all tables for nearly empty: each person is sought once."""
    tables = ("group_chat", "group_chat_member", "chat_count", "group_person")
    big.execute("truncate wecom.chat_count, wecom.group_person")
    big.execute("insert into wecom.group_chat (auth_corp_id, chat_id, seen_at, synced_at) "
                "select %s, 'wr' || n, to_timestamp(%s), to_timestamp(%s) from generate_series(1, 400) as n",
                (CORP, EVENT_S, EVENT_S))
    # twenty in each chat, every tenth of them in the next one, too
    big.execute("insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, is_present) "
                "select %s, 'wr' || c, 'wm' || (c * 18 + k), 2, true "
                "from generate_series(1, 400) as c cross join generate_series(1, 20) as k", (CORP,))
    big.execute("insert into wecom.chat_count (auth_corp_id, chat_id, members, staff, is_counted) "
                "select %s, 'wr' || n, 20, 0, false from generate_series(1, 400) as n", (CORP,))
    big.execute("update pg_class set relpages = 100000, reltuples = 1 where relnamespace = 'wecom'::regnamespace "
                "and relname = any(%s)", (list(tables),))
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    before = entries_read(big, cursor)
    cursor.execute("select wecom.object_store(%s, 'rollup', 'person:', '{}', null, %s, false)", (CORP, EVENT_S * 1000000))
    read = entries_read(big, cursor) - before
    connection.close()
    big.execute("select count(*) from wecom.group_person where cardinality(chat_ids) = 2")
    assert big.fetchone()[0] == 2 * 399
    print("entries read for 8000 members of 400 chats: %.0f" % read)
    assert read < 100000
    big.execute("truncate wecom.chat_count, wecom.group_person")


def test_a_day_of_chats(big):
    """What happened on a day, while the planner takes all tables for nearly empty: each entry's member is sought once."""
    tables = ("group_chat", "group_chat_member", "group_chat_ledger", "chat_count", "group_day", "owner_day")
    big.execute("truncate wecom.group_chat, wecom.group_chat_member, wecom.chat_count, wecom.group_person")
    big.execute("insert into wecom.group_chat (auth_corp_id, chat_id, owner, created_at, seen_at, synced_at) "
                "select %s, 'wr' || n, 'wo' || n %% 7, to_timestamp(%s), to_timestamp(%s), to_timestamp(%s) "
                "from generate_series(1, 400) as n", (CORP, EVENT_S, EVENT_S, EVENT_S))
    big.execute("insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, is_present) "
                "select %s, 'wr' || c, 'wo' || c || '-' || k, case when k = 1 then 1 else 2 end, k %% 2 = 0 "
                "from generate_series(1, 400) as c cross join generate_series(1, 20) as k", (CORP,))
    big.execute("insert into wecom.group_chat_ledger (auth_corp_id, entry_id, chat_id, at, member_id, action, scene, origin) "
                "select m.auth_corp_id, gen_random_uuid(), m.chat_id, to_timestamp(%s) + a.n * interval '1 second', m.member_id, "
                "a.action, 0, 'event' from wecom.group_chat_member as m "
                "join (values (1, 'join'), (2, 'quit')) as a (n, action) on a.n = 1 or not m.is_present", (EVENT_S,))
    big.execute("update pg_class set relpages = 100000, reltuples = 1 where relnamespace = 'wecom'::regnamespace "
                "and relname = any(%s)", (list(tables),))
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("select (to_timestamp(%s) at time zone wecom.corp_zone(%s))::date::text", (EVENT_S, CORP))
    day = cursor.fetchone()[0]
    before = entries_read(big, cursor)
    cursor.execute("select wecom.object_store(%s, 'rollup', %s, '{}', null, %s, false)", (CORP, "group:" + day, EVENT_S * 1000000))
    read = entries_read(big, cursor) - before
    connection.close()
    big.execute("select groups_new, joined, quit, staff_change, external_change, left_all_groups from wecom.group_day")
    assert big.fetchall() == [(400, 8000, 4000, 0, 4000, 4000)]
    big.execute("select count(*), sum(joined), sum(quit) from wecom.owner_day")
    assert big.fetchone() == (7, 8000, 4000)
    print("entries read for 12000 joins and quits in 400 chats: %.0f" % read)
    assert read < 200000
    big.execute("truncate wecom.group_chat, wecom.group_chat_member, wecom.group_chat_ledger, wecom.group_day, wecom.owner_day")
