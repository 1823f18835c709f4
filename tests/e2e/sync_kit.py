"""Words of the reconciler's end-to-end tests: a quiet simulated WeCom in which only what a test orders happens."""

import contextlib
import time

from harness import Site, wait_until

GET_CHAT = "externalcontact/groupchat/get"
GET_CUSTOMER = "externalcontact/get"
GET_TAGS = "externalcontact/get_corp_tag_list"
GET_MEMBER = "user/get"
MIRRORED = ("customer", "follow", "group_chat", "group_chat_member", "tag_group", "tag", "member", "department")

# nothing happens by itself: no full reconcile, no enrichment, a short grace
QUIET = {"WECOM_RECONCILE_HOURS": "0", "WECOM_ENRICH_PER_HOUR": "0", "WECOM_CHAT_GRACE_MS": "500", "WECOM_WORKERS": "1",
         "WECOM_LEASE_SECONDS": "6", "WECOM_DATABASE_TIMEOUT_MS": "3500"}


@contextlib.contextmanager
def quiet_site(cluster, build, *, corps=1, sync=1, installed=True, serve=None, **values):
    """A site whose simulator waits for orders; its corps have installed the app and are read in full."""
    options = {"corps": str(corps), "rate": "0", "seed": "7", "no_messages": True, "no_cancels": True, **(serve or {})}
    with Site(build=build, cluster=cluster, web=("nginx",), sync=sync, serve=options, **{**QUIET, **values}) as site:
        if installed and sync:
            wait_installed(site, corps)
            settle(site)
        yield site


def deed(site, kind, corp=None, **fate):
    """Something happens; its callback is lost=True, repeated=True, lying=True, or sent as it is."""
    rates = {{"lost": "lose", "repeated": "repeat", "lying": "lie"}[name]: 1 for name, wanted in fate.items() if wanted}
    if rates:
        site.serve.set(**rates)
    try:
        return site.serve.deed(kind, corp=corp or first_corp(site))
    finally:
        if rates:
            site.serve.set(**{name: 0 for name in rates})


def told(site, kind, corp=None, seconds=10, **fate):
    """deed(), and the body of the event that came of it (of the last one, when it is more than one)."""
    newest = "select event_id, body from mirror.event where auth_corp_id = %s order by event_id desc limit 1"
    corp = corp or first_corp(site)
    before = site.rows(newest, (corp,))
    deed(site, kind, corp, **fate)
    wait_until(lambda: site.rows(newest, (corp,)) != before, seconds, f"the event of {kind}")
    while site.serve.counts().get("pending"):
        time.sleep(0.02)
    return site.rows(newest, (corp,))[0][1]


def truth_corp(site, corp=None):
    """A corp as it really is."""
    return next(found for found in site.serve.dump()["corps"] if corp in (None, found["id"]))


def truth_chat(site, chat):
    return next(found for corp in site.serve.dump()["corps"] for found in corp["chats"] if found["id"] == chat)


def wait_installed(site, corps, seconds=30):
    wait_until(lambda: len(corps_of(site)) >= corps, seconds, f"{corps} corps to be installed", 0.1)


def corps_of(site, state="active"):
    return [row[0] for row in site.rows("select auth_corp_id from mirror.corp where state = %s order by 1", (state,))]


def corp_of(site):
    """The only corp, or the first, of those that are active."""
    return corps_of(site)[0]


def first_corp(site):
    """The simulator's first one: open to the app in every way."""
    if not hasattr(site, "first_corp"):
        site.first_corp = truth_corp(site)["id"]
    return site.first_corp


def settle(site, seconds=30):
    """Everything under way ends; then the mirror equals the truth."""
    site.drained(seconds)
    found = site.compare()
    assert found, repr(found)


def drift(site, seconds=30):
    """Everything under way ends; the lines that tell where the mirror differs: at least one."""
    site.drained(seconds)
    found = site.compare()
    assert not found, "the mirror knows what nobody told"
    return found.lines


class Calls:
    """API calls within a `with` block, by path: calls[GET_CHAT], .total."""

    def __init__(self, site):
        self.site = site

    def __enter__(self):
        self.before = self._counts()
        return self

    def __exit__(self, *_):
        self.after = self._counts()

    def _counts(self):
        found = self.site.serve.counts()["api"]
        return {**{path: row["calls"] for path, row in found["by_api"].items()}, "": found["calls"]}

    def __getitem__(self, path):
        return self.after.get(path, 0) - self.before.get(path, 0)

    @property
    def total(self):
        return self[""]

    def __repr__(self):
        return repr({path: self[path] for path in self.after if path and self[path]})


def one(site, sql, *parameters):
    """The only row, or its only value."""
    rows = site.rows(sql, parameters)
    assert len(rows) == 1, rows
    return rows[0][0] if len(rows[0]) == 1 else rows[0]


def values(site, sql, *parameters):
    return [row[0] for row in site.rows(sql, parameters)]


def jobs(site, where="true"):
    """Work on the mirror; the figures of reports are kept some seconds later, and are exact before."""
    return site.rows("select auth_corp_id, kind, target, state, last_error from mirror.job "
                     f"where ({where}) and kind <> 'rollup' order by 1, 2, 3")


def roster(site, chat):
    return set(values(site, "select member_id from mirror.group_chat_member where chat_id = %s", chat))


def counter(site, name):
    """A counter of the product over all corps and days."""
    return int(site.rows("select coalesce(sum(n), 0) from wecom.counter where name = %s", (name,))[0][0])
