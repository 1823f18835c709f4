"""Customers, their relations with members and the tags on them."""

import time

import pytest

from harness import wait_until
from support import cdata, command, unique
from sync_kit import (GET_CUSTOMER, Calls, corp_of, counter, deed, drift, first_corp, one, quiet_site, settle, told,
                      truth_corp, values)


@pytest.fixture(scope="module")
def site(cluster, build):
    with quiet_site(cluster, build, serve={"relations": "12", "chats": "0"}) as made:
        yield made


def pair_of(body):
    return body["UserID"], body["ExternalUserID"]


def status(site, pair):
    rows = site.rows("select status from mirror.follow where userid = %s and external_userid = %s", pair)
    return rows[0][0] if rows else None


def periods(site, pair):
    return values(site, "select status from wecom.follow where userid = %s and external_userid = %s order by period", *pair)


def test_an_addition_is_one_pull(site):
    with Calls(site) as made:
        pair = pair_of(told(site, "add"))
        settle(site)
    assert made[GET_CUSTOMER] == 1 and made.total == 1
    assert status(site, pair) == "active"


def test_an_edit_is_one_pull_and_a_repeat_none(site):
    with Calls(site) as made:
        told(site, "edit", repeated=True)
        settle(site)
        time.sleep(2)
        settle(site)
    assert made[GET_CUSTOMER] == 1 and made.total == 1


def test_half_becomes_whole(site):
    pair = pair_of(told(site, "add_half"))
    settle(site)
    assert status(site, pair) == "half"
    for _ in range(12):
        if status(site, pair) == "active":
            break
        told(site, "accept")
        settle(site)
    assert periods(site, pair)[-1] == "active" and periods(site, pair).count("half") == 0


@pytest.mark.parametrize("kind, wanted", [("delete", "deleted_by_staff"), ("delete_by_customer", "deleted_by_customer")])
def test_a_deletion_needs_no_pull(site, kind, wanted):
    with Calls(site) as made:
        pair = pair_of(told(site, kind))
        settle(site)
    assert made.total == 0
    assert status(site, pair) == wanted
    assert one(site, "select lost_at is not null from mirror.follow where userid = %s and external_userid = %s", *pair)


def test_a_return_is_a_new_period(site):
    """The dice decide who comes back: until somebody does."""
    for _ in range(8):
        told(site, "delete")
    for _ in range(40):
        pair = pair_of(told(site, "add"))
        site.drained(20)
        if len(periods(site, pair)) > 1:
            break
    else:
        pytest.skip("nobody came back in forty additions")
    settle(site)
    assert periods(site, pair)[-1] == "active" and periods(site, pair)[-2] != "active"


def test_a_transfer_moves_it(site):
    before = set(site.rows("select userid, external_userid from mirror.follow where status = 'transferred'"))
    deed(site, "transfer")
    settle(site)
    moved = set(site.rows("select userid, external_userid from mirror.follow where status = 'transferred'")) - before
    assert len(moved) == 1
    (_, customer), = moved
    assert site.rows("select 1 from mirror.follow where external_userid = %s and status = 'active'", (customer,))


def test_a_refused_transfer_is_kept_with_its_reason(site):
    body = told(site, "transfer_fail")
    settle(site)
    assert site.rows("select fail_reason from mirror.transfer_failure where external_userid = %s",
                     (body["ExternalUserID"],)) == [(body["FailReason"],)]


def test_a_lost_deletion_is_found_by_the_lists(site):
    before = counter(site, "drift_customer")
    active = set(site.rows("select userid, external_userid from mirror.follow where status = 'active'"))
    deed(site, "delete", lost=True)
    assert drift(site)
    site.resync(corp_of(site), "customer_list")
    settle(site)
    gone = active - set(site.rows("select userid, external_userid from mirror.follow where status = 'active'"))
    assert len(gone) == 1 and status(site, gone.pop()) == "deleted_by_staff"
    assert counter(site, "drift_customer") == before + 1


@pytest.mark.parametrize("kind", ["edit", "add", "rename_customer"])
def test_a_lost_change_is_found_by_a_resync(site, kind):
    before = counter(site, "drift_customer")
    deed(site, kind, lost=True)
    assert drift(site)
    site.resync(corp_of(site), "customer_list")
    site.resync(corp_of(site), "customer")
    settle(site)
    assert counter(site, "drift_customer") > before


def test_pages(site):
    """Listings in pages of two, followers in pages of one, some pages empty."""
    site.serve.set(page_max=2, followers_page=1)
    site.serve.fault("short_page", share=0.3)
    try:
        site.resync(corp_of(site))
        settle(site, 60)
    finally:
        site.serve.fault("all", share=0)
        site.serve.set(page_max=1000, followers_page=500)


@pytest.mark.parametrize("name", ["cursor_expired", "cursor_loop"])
def test_cursors_that_expire_or_loop(site, name):
    site.serve.set(page_max=2)
    try:
        site.serve.fault(name, count=2)
        site.resync(corp_of(site), "customer_list")
        settle(site, 60)
    finally:
        site.serve.set(page_max=1000)
        site.serve.ask(do="api_reset")
    assert site.daemons[0].alive


def test_a_customer_nobody_knows(site):
    """An event about somebody whom the API does not show: it ends, and nothing is made up."""
    who = unique("wm")
    site.sim.post(site.port, command(site, "change_external_contact", cdata("ChangeType", "edit_external_contact"),
                                     cdata("UserID", "woNobody"), cdata("ExternalUserID", who), corp=first_corp(site)))
    wait_until(lambda: site.rows("select 1 from mirror.event where body->>'ExternalUserID' = %s and state = 'applied'",
                                 (who,)), 20, "the event's end")
    assert site.rows("select 1 from mirror.job where target = %s", (who,)) == []
    settle(site)


def test_a_customer_of_a_thousand_members(cluster, build):
    """500 followers a page at most; the first corp's one customer is everybody's."""
    with quiet_site(cluster, build, serve={"members": "40", "relations": "400", "chats": "0"}) as site:
        site.serve.set(followers_page=3)
        site.resync(corp_of(site), "customer")
        settle(site, 60)
        truth = truth_corp(site)
        assert one(site, "select count(*) from mirror.follow") == len(truth["relations"])


def test_absence_is_no_deletion(cluster, build):
    """Members of the second corp lose their licences: the API leaves their customers out, the mirror keeps them."""
    with quiet_site(cluster, build, corps=2, serve={"chats": "0"}) as site:
        corp = site.serve.dump()["corps"][1]["id"]
        active = "select userid, external_userid from mirror.follow where auth_corp_id = %s and status = 'active' order by 1, 2"
        held = site.rows(active, (corp,))
        assert held
        for _ in range(6):
            site.serve.deed("licence", corp=corp)
        for kind in ("customer_list", "customer"):
            site.resync(corp, kind)
        site.drained(40)
        assert [row for row in held if row not in site.rows(active, (corp,))] == []
