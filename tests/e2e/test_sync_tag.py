"""Customer tags: created, changed, deleted with what hangs on them, and shuffled without a moment in which they are gone."""

import threading

import pytest

from sync_kit import GET_TAGS, Calls, corp_of, counter, deed, drift, one, quiet_site, settle, told, values


@pytest.fixture(scope="module")
def site(cluster, build):
    with quiet_site(cluster, build, serve={"groups": "6", "tags": "6"}) as made:
        yield made


def until(site, kind, wanted, **fate):
    """told() until the event is of the kind wanted: deeds choose their objects by the dice."""
    for _ in range(60):
        with Calls(site) as made:
            body = told(site, kind, **fate)
            settle(site)
        if wanted(body):
            return body, made
    raise AssertionError(f"sixty times {kind}, and never as wanted")


@pytest.mark.parametrize("kind", ["create_tag", "update_tag"])
def test_made_or_changed_is_one_pull(site, kind):
    with Calls(site) as made:
        told(site, kind)
        settle(site)
    assert 1 <= made[GET_TAGS] <= 2  # a group and its first tag may be told in two events


def test_a_deleted_tag_needs_no_pull(site):
    body, made = until(site, "delete_tag", lambda body: body.get("TagType") == "tag")
    assert made.total == 0
    assert one(site, "select deleted_at is not null from mirror.tag where tag_id = %s", body["Id"])
    assert site.rows("select 1 from mirror.follow_tag where tag_id = %s", (body["Id"],)) == []


def test_a_group_goes_with_its_tags(site):
    body, made = until(site, "delete_tag", lambda body: body.get("TagType") == "tag_group")
    assert made.total == 0
    assert one(site, "select deleted_at is not null from mirror.tag_group where group_id = %s", body["Id"])
    assert one(site, "select count(*) from mirror.tag where group_id = %s and deleted_at is null", body["Id"]) == 0


class Look(threading.Thread):
    """Reads the number of living tags again and again while something happens."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.seen, self.stopping = site, set(), threading.Event()

    def run(self):
        connection = self.site.cluster.connect("wecom_report", self.site.database)
        with connection.cursor() as cursor:
            while not self.stopping.wait(0.002):
                cursor.execute("select count(*) from mirror.tag where deleted_at is null")
                self.seen.add(cursor.fetchone()[0])
        connection.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join(10)


@pytest.mark.parametrize("is_global", [False, True])
def test_shuffled(site, is_global):
    groups = "select group_id, sort_order from mirror.tag_group where deleted_at is null order by 1"
    tags = "select tag_id, sort_order from mirror.tag where deleted_at is null order by 1"
    orders = one(site, "select count(*) from wecom.tag_order_change")
    before = site.rows(groups), site.rows(tags)
    with Look(site) as look:
        body, made = until(site, "shuffle", lambda body: (not body.get("Id")) == is_global)
    assert made[GET_TAGS] == 1 and made.total == 1, body
    after = site.rows(groups), site.rows(tags)
    assert [[row[0] for row in rows] for rows in before] == [[row[0] for row in rows] for rows in after]
    assert before[0 if is_global else 1] != after[0 if is_global else 1]
    assert len(look.seen) == 1, look.seen
    assert one(site, "select count(*) from wecom.tag_order_change") > orders


def test_lost_changes_are_drift(site):
    before = counter(site, "drift_tag")
    for kind in ("shuffle", "create_tag", "update_tag", "delete_tag"):
        deed(site, kind, lost=True)
    assert drift(site)
    site.resync(corp_of(site), "tag")
    settle(site)
    assert counter(site, "drift_tag") > before


def test_ten_thousand_tags(cluster, build):
    with quiet_site(cluster, build, serve={"groups": "100", "tags": "100", "chats": "0", "relations": "3"}) as site:
        assert one(site, "select count(*) from mirror.tag where deleted_at is null") == 10000
        with Calls(site) as made:
            until(site, "shuffle", lambda body: not body.get("Id"))
        assert made[GET_TAGS] >= 1
        assert values(site, "select 1 from mirror.job where state = 'parked'") == []
