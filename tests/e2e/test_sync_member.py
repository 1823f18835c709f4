"""Members, departments, and the ids of legacy corps."""

import pytest

from harness import wait_until
from sync_kit import (GET_MEMBER, Calls, corp_of, counter, deed, drift, first_corp, quiet_site, settle, told,
                      values)

CONVERT = "batch/userid_to_openuserid"


@pytest.fixture(scope="module")
def site(cluster, build):
    with quiet_site(cluster, build, corps=3, serve={"chats": "0"}) as made:
        yield made


def in_scope(site, corp=None):
    return set(values(site, "select userid from mirror.member where auth_corp_id = %s and in_scope", corp or first_corp(site)))


def test_a_new_member(site):
    before = in_scope(site)
    with Calls(site) as made:
        deed(site, "create_user")
        settle(site)
    assert len(in_scope(site) - before) == 1
    assert 1 <= made[GET_MEMBER] <= 2  # told by subscribe and by create_user, perhaps in two seconds


@pytest.mark.parametrize("kind", ["update_user", "move_user", "create_party", "update_party", "delete_party"])
def test_a_change(site, kind):
    with Calls(site) as made:
        told(site, kind)
        settle(site)
    assert made.total >= 1


def test_gone(site):
    deed(site, "create_user")
    settle(site)
    before = in_scope(site)
    deed(site, "delete_user")
    settle(site)
    assert len(before - in_scope(site)) == 1


def test_out_of_scope_and_in_again(site):
    """The second and third corps show the app a part only; the third by its members' own choice."""
    for found in site.serve.dump()["corps"][1:]:
        seen = set()
        for _ in range(6):
            site.serve.deed("scope", corp=found["id"])
            settle(site)
            seen.add(frozenset(in_scope(site, found["id"])))
        assert len(seen) > 1


def test_permissions_that_come_and_go(site):
    corp = site.serve.dump()["corps"][1]["id"]
    for _ in range(2):
        site.serve.deed("permission", corp=corp)
        settle(site)


def test_administrators(site):
    deed(site, "admins")
    settle(site)


def test_lost_changes_are_drift(site):
    before = counter(site, "drift_member")
    deed(site, "create_user", lost=True)
    deed(site, "update_user", lost=True)
    assert drift(site)
    site.resync(first_corp(site), "member_list")
    site.resync(first_corp(site), "member")
    settle(site)
    assert counter(site, "drift_member") > before


class TestOpenIds:
    """userid_to_openuserid for legacy corps and imports."""

    def ask(self, site, userids):
        site.rows("select wecom.openid_request(%s, %s)", (corp_of(site), userids))

    def state(self, site, userids):
        return dict(site.rows("select userid, state from wecom.openid_map where userid = any(%s)", (userids,)))

    def test_known_and_unknown(self, site):
        known = [row[0] for row in site.rows("select userid from mirror.member where auth_corp_id = %s and in_scope "
                                             "order by userid limit 3", (corp_of(site),))]
        assert known
        everybody = [*known, "nobody1", "nobody2"]
        with Calls(site) as made:
            self.ask(site, everybody)
            wait_until(lambda: set(self.state(site, everybody).values()) == {"mapped", "invalid"}, 20, "the answers")
        assert made[CONVERT] == 1
        with Calls(site) as made:
            self.ask(site, everybody)
            site.drained(20)
        assert made[CONVERT] == 0  # both kinds of answer are kept

    def test_the_guard_against_the_one_day_block(self, cluster, build):
        with quiet_site(cluster, build, serve={"chats": "0"}, WECOM_OPENID_ERRORS_PER_DAY="5") as site:
            bad = [f"nobody{i:03}" for i in range(40)]
            self.ask(site, bad)
            wait_until(lambda: site.rows("select 1 from wecom.openid_budget where frozen_until > now()"), 20, "the freeze")
            states = list(self.state(site, bad).values())
            assert states.count("invalid") <= 5 and states.count("wanted") >= 35
            with Calls(site) as made:
                self.ask(site, ["somebodyElse"])
                site.drained(20)
            assert made[CONVERT] == 0
            assert site.serve.violations() == {}
