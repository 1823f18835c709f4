"""Reports against the truth's own count: the simulated WeCom counts what happens by day, the product reads it off its mirror."""

import pytest

from sync_kit import first_corp, quiet_site

CUSTOMERS = ("new", "half", "half_converted", "readded", "lost_by_staff", "lost_by_customer", "transferred_away", "total_end")
GROUPS = ("groups_new", "groups_dismissed", "groups_total", "join_invite", "join_qr", "quit_self", "kicked")
DEEDS = {"add": 15, "add_half": 6, "accept": 3, "delete": 4, "delete_by_customer": 4, "transfer": 3, "join": 20,
         "join_many": 1, "leave": 10, "dismiss_chat": 2, "edit": 4, "shuffle": 1}


def rows(site, view, columns):
    """{day: {column: number}} of the corp's report."""
    names = ", ".join(columns)
    found = site.rows(f"select day, {names} from report.{view} where auth_corp_id = %s order by day", (first_corp(site),))
    return {str(row[0]): {name: int(value or 0) for name, value in zip(columns, row[1:])} for row in found}


def check(site):
    truth = site.serve.ask(do="figures", corp=first_corp(site))
    customers, groups = rows(site, "customer_daily", CUSTOMERS), rows(site, "group_daily", (*GROUPS, "members_staff", "members_external"))
    wrong = [(day["day"], name, said[day["day"]][name], day[name])
             for said, names in ((customers, CUSTOMERS), (groups, GROUPS)) for day in truth["days"] for name in names
             if said[day["day"]][name] != day[name]]
    assert not wrong, wrong
    last = groups[truth["days"][-1]["day"]]
    assert (last["members_staff"], last["members_external"]) == (truth["now"]["members_staff"], truth["now"]["members_external"])


@pytest.fixture(scope="module")
def site(cluster, build):
    size = {"members": "6", "relations": "40", "chats": "5", "roster": "8"}
    with quiet_site(cluster, build, WECOM_ENRICH_PER_HOUR="100000", WECOM_ENRICH_DELAY="1", serve=size) as made:
        yield made


def happen(site):
    """Chats are born first, and seen: who joins before anybody has looked counts as having been there."""
    site.serve.deed("create_chat", corp=first_corp(site), count=3)
    site.drained(60)
    for kind, count in DEEDS.items():
        site.serve.deed(kind, corp=first_corp(site), count=count)
    site.drained(60)


def test_a_day_like_any_other(site):
    for _ in range(3):
        happen(site)
    check(site)


def test_repeated_and_reordered(site):
    site.serve.set(repeat=0.5, reorder=0.5)
    try:
        happen(site)
    finally:
        site.serve.set(repeat=0, reorder=0)
    check(site)
