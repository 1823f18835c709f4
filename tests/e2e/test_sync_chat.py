"""Customer group chats: the chain of versions costs no call; a gap costs one."""

import time

import pytest

from harness import wait_until
from support import cdata, command
from sync_kit import (GET_CHAT, Calls, corp_of, counter, deed, drift, first_corp, one, quiet_site, roster, settle, told,
                      truth_chat, values)

ONE_CHAT = {"chats": "1", "roster": "8"}


@pytest.fixture(scope="module")
def site(cluster, build):
    """One corp with one chat: every deed is about that."""
    with quiet_site(cluster, build, serve=ONE_CHAT) as made:
        yield made


@pytest.fixture
def chat(site):
    """The only one; everything about it is told and read."""
    found = values(site, "select chat_id from mirror.group_chat where dismissed_at is null")
    assert len(found) == 1
    site.resync(corp_of(site), "chat", found[0])
    settle(site)
    return found[0]


def version(site, chat):
    return one(site, "select member_version from mirror.group_chat where chat_id = %s", chat)


def has_true_roster(site, chat):
    site.drained(30)
    now = truth_chat(site, chat)["now"]
    assert roster(site, chat) == {present["id"] for present in now["roster"]}
    assert version(site, chat) == now["version"]


def nameless(site, chat):
    return one(site, "select count(*) from mirror.group_chat_member where chat_id = %s and type is null", chat)


def send_later(site, chat, before, after):
    """The member event that led from one state of the truth to another, delivered by hand."""
    old, new = ({present["id"] for present in state["now"]["roster"]} for state in (before, after))
    is_join = bool(new - old)
    items = sorted(new - old if is_join else old - new)
    text = command(site, "change_external_chat", cdata("ChangeType", "update"),
                   cdata("UpdateDetail", "add_member" if is_join else "del_member"), cdata("ChatId", chat),
                   f"<{'Join' if is_join else 'Quit'}Scene>0</{'Join' if is_join else 'Quit'}Scene>",
                   f"<MemChangeCnt>{len(items)}</MemChangeCnt>",
                   "<MemChangeList>" + "".join(cdata("Item", item) for item in items) + "</MemChangeList>",
                   cdata("LastMemVer", before["now"]["version"]), cdata("CurMemVer", after["now"]["version"]),
                   corp=first_corp(site))
    assert site.sim.post(site.port, text).body == b"success"


def test_joins_and_leaves_cost_no_call(site, chat):
    with Calls(site) as made:
        for _ in range(3):
            deed(site, "join")
            deed(site, "join_many")
            deed(site, "leave")
        has_true_roster(site, chat)
    assert made.total == 0
    # what only a pull knows is null until one is made
    assert nameless(site, chat) > 0
    site.resync(corp_of(site), "chat", chat)
    settle(site)
    assert nameless(site, chat) == 0
    assert set(values(site, "select origin from wecom.group_chat_ledger where action <> 'present'")) == {"event"}


def test_repeats_cost_nothing(site, chat):
    with Calls(site) as made:
        deed(site, "join", repeated=True)
        deed(site, "leave", repeated=True)
        has_true_roster(site, chat)
        time.sleep(2)
        has_true_roster(site, chat)
    assert made.total == 0
    assert one(site, "select max(deliveries) from mirror.event where info_type = 'change_external_chat'") > 1


def test_out_of_order_costs_nothing(cluster, build):
    """The first of three comes last, within the grace."""
    with quiet_site(cluster, build, serve=ONE_CHAT, WECOM_CHAT_GRACE_MS="30000") as site:
        chat = one(site, "select chat_id from mirror.group_chat")
        with Calls(site) as made:
            before = truth_chat(site, chat)
            deed(site, "join", lost=True)
            after = truth_chat(site, chat)
            told(site, "join")
            told(site, "leave")
            time.sleep(0.5)
            assert version(site, chat) == before["now"]["version"]
            send_later(site, chat, before, after)
            has_true_roster(site, chat)
        assert made.total == 0
        assert counter(site, "chat_out_of_order") >= 1
        assert counter(site, "chat_pull_gap") == 0


def test_a_gap_costs_one_pull_however_many_events_it_spans(site, chat):
    gaps = counter(site, "chat_pull_gap")
    open_before = one(site, "select count(*) from wecom.gap")
    with Calls(site) as made:
        deed(site, "join", lost=True)
        deed(site, "leave", lost=True)
        for _ in range(5):
            deed(site, "join")
        has_true_roster(site, chat)
    assert made[GET_CHAT] == 1 and made.total == 1
    assert counter(site, "chat_pull_gap") == gaps + 1
    assert one(site, "select count(*), count(repaired_at) from wecom.gap") == (open_before + 1, open_before + 1)


def test_a_latecomer_that_the_pull_covers_costs_nothing(site, chat):
    before = truth_chat(site, chat)
    deed(site, "join", lost=True)
    after = truth_chat(site, chat)
    with Calls(site) as made:
        deed(site, "join")
        has_true_roster(site, chat)
    assert made[GET_CHAT] == 1
    ledger = one(site, "select count(*) from wecom.group_chat_ledger")
    with Calls(site) as made:
        send_later(site, chat, before, after)
        time.sleep(1)
        has_true_roster(site, chat)
    assert made.total == 0
    assert one(site, "select count(*) from wecom.group_chat_ledger") == ledger


@pytest.mark.parametrize("what, field", [("change_name", "name"), ("change_notice", "notice")])
def test_a_burst_of_changes_is_one_pull(site, chat, what, field):
    before = one(site, "select count(*) from wecom.group_chat_change where field = %s", field)
    events = "select count(*) from mirror.event where body->>'UpdateDetail' = %s"
    for _ in range(10):  # until all of it was in one second: then the three are one event
        events_n = one(site, events, what)
        while time.time() % 1 > 0.4:
            time.sleep(0.02)
        with Calls(site) as made:
            for _ in range(3):
                deed(site, what)
            settle(site)
        if one(site, events, what) == events_n + 1:
            break
    else:
        pytest.fail("never three changes within a second")
    assert made[GET_CHAT] == 1
    assert one(site, "select count(*) from wecom.group_chat_change where field = %s", field) > before
    assert chat


def test_a_new_owner_is_one_pull(site, chat):
    owner = one(site, "select owner from mirror.group_chat where chat_id = %s", chat)
    for _ in range(20):  # until a colleague is there who can be it
        try:
            with Calls(site) as made:
                deed(site, "change_owner")
                site.drained(30)
            break
        except Exception:  # pylint: disable=broad-except
            deed(site, "join")
            site.drained(30)
    else:
        pytest.fail("no colleague came in twenty joins")
    assert made[GET_CHAT] == 1
    settle_details(site, chat)
    assert one(site, "select owner from mirror.group_chat where chat_id = %s", chat) != owner


def settle_details(site, chat):
    site.resync(corp_of(site), "chat", chat)
    settle(site)


def test_a_stale_answer_is_never_stored(site, chat):
    """groupchat/get answers as it was two seconds ago, always."""
    site.serve.set(stale_ms=2000, stale_share=1)
    seen = []
    try:
        for _ in range(3):
            deed(site, "join", lost=True)
            deed(site, "join")
            deadline = time.monotonic() + 2.5
            while time.monotonic() < deadline:
                if not seen or seen[-1] != version(site, chat):
                    seen.append(version(site, chat))
                time.sleep(0.03)
        has_true_roster(site, chat)
        if seen[-1] != version(site, chat):
            seen.append(version(site, chat))
        assert len(seen) > 1 and len(seen) == len(set(seen)), seen  # never back to one that it had before
        site.resync(corp_of(site), "chat", chat)
        settle(site)
    finally:
        site.serve.set(stale_ms=0)


def test_changes_without_an_event_are_drift(site, chat):
    before = counter(site, "drift_chat")
    deed(site, "change_name", lost=True)
    assert drift(site)
    site.resync(corp_of(site), "chat")
    settle(site)
    assert counter(site, "drift_chat") == before + 1
    assert chat


def test_a_lie_about_the_number_is_one_pull(site, chat):
    with Calls(site) as made:
        deed(site, "join", lying=True)
        has_true_roster(site, chat)
    assert made[GET_CHAT] == 1


def test_a_long_chain_at_once(site, chat):
    """Thirty changes that arrive together are one job and no call."""
    site.daemons[0].freeze()
    try:
        for _ in range(15):
            deed(site, "join")
            deed(site, "leave")
    finally:
        site.daemons[0].thaw()
    with Calls(site) as made:
        has_true_roster(site, chat)
    assert made.total == 0


def test_a_new_chat_is_one_pull_and_dismissal_none(cluster, build):
    with quiet_site(cluster, build, serve={"chats": "2"}) as site:
        with Calls(site) as made:
            body = told(site, "create_chat")
            settle(site)
        assert made[GET_CHAT] == 1
        assert len(roster(site, body["ChatId"])) == 3
        before = dict(site.rows("select chat_id, count(*) from mirror.group_chat_member group by 1"))
        with Calls(site) as made:
            chat = told(site, "dismiss_chat")["ChatId"]
            settle(site)
        assert made.total == 0
        assert one(site, "select dismissed_at is not null from mirror.group_chat where chat_id = %s", chat)
        # nobody quit; who was there stays known
        assert values(site, "select 1 from wecom.group_chat_ledger where action = 'quit'") == []
        assert one(site, "select count(*) from wecom.group_chat_member where chat_id = %s and is_present", chat) == before[chat]
        # and what still comes for it is settled without a call
        with Calls(site) as made:
            site.sim.post(site.port, command(site, "change_external_chat", cdata("ChangeType", "update"),
                                             cdata("UpdateDetail", "change_name"), cdata("ChatId", chat),
                                             corp=first_corp(site)))
            time.sleep(1)
            site.drained(20)
        assert made.total == 0


def test_enrichment_fills_what_events_do_not_tell(cluster, build):
    with quiet_site(cluster, build, serve=ONE_CHAT, WECOM_ENRICH_PER_HOUR="600", WECOM_ENRICH_DELAY="20") as site:
        chat = one(site, "select chat_id from mirror.group_chat")
        with Calls(site) as made:
            told(site, "join")
            wait_until(lambda: nameless(site, chat), 5, "members without details")
            told(site, "join_many")
            told(site, "leave")
            settle(site)
        assert made[GET_CHAT] == 1
        assert nameless(site, chat) == 0
        assert counter(site, "chat_pull_enrich") == 1


def test_a_chat_of_two_thousand(cluster, build):
    with quiet_site(cluster, build, serve={"chats": "1", "roster": "2000"}) as site:
        assert one(site, "select count(*) from mirror.group_chat_member") >= 2000
        with Calls(site) as made:
            for _ in range(3):
                deed(site, "leave")
            has_true_roster(site, one(site, "select chat_id from mirror.group_chat"))
        assert made.total == 0
