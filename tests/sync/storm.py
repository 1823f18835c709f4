"""One stormy round: a lossy, lying network, a faulty API, and programs killed at random; then calm, and a verdict.

Everything that is drawn comes from the seed, the strikes all before the first of them, so that none depends on what the
one before it met.  What the machine's timing makes of it does not: how many events there are, which calls they cause.
"""

import contextlib
import random
import time
from dataclasses import dataclass, field

from harness import Account, Cluster, HarnessError, Site, wait_until
from harness.drain import drained

CORPS = 3
# within which all is done, on a machine that has time: what is left after them is told, by name
INSTALL_SECONDS, CALM_SECONDS, RESYNC_SECONDS = 30, 90, 60
INSTALLED = 1  # state of a corp in the simulator's truth
GET_CHAT = "externalcontact/groupchat/get"
SETTINGS = {
    "WECOM_WORKERS": "2",
    "WECOM_RECONCILE_HOURS": "0",
    "WECOM_LEASE_SECONDS": "6",
    "WECOM_API_TIMEOUT_MS": "3000",
    # longer than PostgreSQL is away here: what waits in the spool meanwhile is late, not lost
    "WECOM_CHAT_GRACE_MS": "9000",
    "WECOM_ENRICH_DELAY": "8",
}
WEATHER = {"lose": 0.05, "reorder": 0.10, "repeat": 0.10}
# calls at once for each corp and API; the window's end (45009) is told at a time of its own: it stays closed for a minute
QUOTA = {"concurrency": 3}
CLOSED = ("externalcontact/groupchat/get", "externalcontact/get")
CALM = {"lose": 0, "reorder": 0, "repeat": 0, "concurrency": 0}
FAULTS = {"slow": 0.004, "cut_before": 0.01, "cut_middle": 0.01, "http_502": 0.01, "bad_json": 0.01, "wrong_type": 0.01,
          "missing_member": 0.01, "null_member": 0.01, "duplicate_member": 0.01, "huge_body": 0.002, "warning": 0.004,
          "busy": 0.02, "conflict": 0.01, "cursor_expired": 0.02, "cursor_loop": 0.005, "short_page": 0.05, "revoke": 0.004}
WITHOUT_DETAILS = """select c.auth_corp_id, c.chat_id, m.member_id, c.version_at, c.seen_at, c.enrich_at
    from wecom.group_chat_member as m
    join wecom.group_chat as c on c.auth_corp_id = m.auth_corp_id and c.chat_id = m.chat_id
    join wecom.corp as k on k.auth_corp_id = c.auth_corp_id and k.state = 'active'
    where m.is_present and m.type is null and c.dismissed_at is null and c.absence is null
        and not exists (select from wecom.job as j
            where j.auth_corp_id = c.auth_corp_id and j.kind = 'chat' and j.target = c.chat_id)"""
LEFT_BEHIND = """select count(*)
    from wecom.job as j
    join wecom.corp as c on c.auth_corp_id = j.auth_corp_id and c.state = 'cancelled'
    where j.kind not in ('corp', 'purge')"""
# jobs of figures; a day that has one is not checked
UNCOUNTED = "select count(*) from wecom.job where kind = 'rollup'"
# figures that are kept and differ from those counted anew
FIGURES = """select c.auth_corp_id, r.kept_in, r.kept, r.fresh
    from (select distinct k.auth_corp_id from wecom.corp as k where k.state = 'active') as c
    cross join lateral wecom.rollup_check(c.auth_corp_id) as r
    limit 5"""
PULLS = ("chat_pull_gap", "chat_pull_unknown", "chat_pull_info", "chat_pull_again")


@dataclass
class Verdict:
    """What a round came to.  wrong: sentences; empty when all is as promised."""

    seed: int
    wrong: list = field(default_factory=list)
    told: list = field(default_factory=list)

    def __str__(self):
        told = [f"  {line}" for line in self.told] + [f"  WRONG: {line}" for line in self.wrong]
        return "\n".join([f"seed {self.seed}:", *told])


class Storm:
    """Storm(build, seed, seconds).run() gives the Verdict.  say: a line to whoever watches."""

    def __init__(self, build, seed, seconds, rate=40, daemons=2, is_closing=True, say=lambda text: None):
        """is_closing: a window is used up in the middle, and reads of that kind wait for a minute."""
        self.build, self.seed, self.seconds, self.rate, self.daemons_n, self.say = build, seed, seconds, rate, daemons, say
        self.is_closing = is_closing
        self.strikes = self._draw_strikes(random.Random(seed))
        self.verdict = Verdict(seed)
        self.kills = {}
        self.site = None

    def run(self):
        with contextlib.ExitStack() as stack:
            self.site = stack.enter_context(Site(
                build=self.build, web=("nginx",), sync=self.daemons_n, **SETTINGS,
                serve={"corps": CORPS, "seed": self.seed, "rate": 0, "stale_ms": 2000, "quiet": True}))
            try:
                for part in (self._install, self._rage, self._calm, self._judge_calls, self._resync, self._judge_mirror):
                    self.say(part.__name__.strip("_"))
                    part()
            except HarnessError as error:
                self.verdict.wrong += [str(error), *self._last_lines()]
        return self.verdict

    # acts

    def _install(self):
        wait_until(lambda: self.site.rows("select count(*) from mirror.corp where state = 'active'")[0][0] >= CORPS, 60,
                   "the installations", 0.1)
        drained(self.site, INSTALL_SECONDS, horizon=20)
        found = self.site.compare()
        if not found:
            raise HarnessError(f"not equal after the backfill already: {found!r}")
        self.before = self._numbers()

    def _rage(self):
        serve = self.site.serve
        serve.set(rate=self.rate, huge_bytes=24e6, slow_ms=4000, processes=self.daemons_n + 1, **WEATHER, **QUOTA)
        for name, share in FAULTS.items():
            serve.fault(name, share=share)
        began = time.monotonic()
        for at, what, share in self.strikes:
            time.sleep(max(0.0, began + at - time.monotonic()))
            self.kills[what] = self.kills.get(what, 0) + 1
            getattr(self, "_" + what)(share)
        time.sleep(max(0.0, began + self.seconds - time.monotonic()))

    def _draw_strikes(self, chance):
        """[(seconds from the begin, what, 0..1: which of those there are, or for how long)]"""
        strikes, at = [], chance.uniform(1.5, 4.5)
        while at < self.seconds:
            strikes.append((at, chance.choice(["kill_daemon", "kill_daemon", "stop_daemon", "kill_worker", "kill_database"]),
                            chance.random()))
            at += chance.uniform(1.5, 4.5)
        if self.is_closing:
            strikes.append((chance.uniform(0.2, 0.8) * self.seconds, "close_window", chance.random()))
        return sorted(strikes)

    @staticmethod
    def _one_of(things, share):
        return things[int(share * len(things))]

    def _kill_daemon(self, share):
        daemon = self._one_of(self.site.daemons, share)
        daemon.kill()
        daemon.start()

    def _stop_daemon(self, share):
        daemon = self._one_of(self.site.daemons, share)
        daemon.stop()
        daemon.start()

    def _kill_worker(self, share):
        children = self.site.pool.children
        if children:
            self.site.pool.kill_child(self._one_of(children, share))

    def _kill_database(self, share):
        self.site.cluster.stop("immediate")
        time.sleep(0.1 + 0.9 * share)
        self.site.cluster.start()

    def _close_window(self, share):
        """Of one corp that stays, for the next call of that API."""
        corp = self._one_of([each["id"] for each in self.site.serve.dump()["corps"][:-1]], share)
        self.site.serve.fault("errcode", code=45009, count=1, api=self._one_of(CLOSED, share * 7 % 1), corp=corp)

    def _calm(self):
        serve = self.site.serve
        serve.stop_activity()
        serve.set(**CALM)
        serve.fault("all", share=0)
        # what waits for a window that is closed is due within a minute and a little
        self.took = drained(self.site, CALM_SECONDS, horizon=75 if self.is_closing else 20)
        for daemon in self.site.daemons:
            if not daemon.alive:
                self.verdict.wrong.append(f"{daemon.name} does not run any more")

    # verdicts

    def _last_lines(self):
        return [f"{daemon.name} {'runs' if daemon.alive else 'is gone'}: {line}"
                for daemon in self.site.daemons for line in daemon.lines()[-3:]]

    def _numbers(self):
        """Sums over the corps that stay: of one that cancels the product's counters go, too."""
        counts = self.site.serve.counts()
        staying = [corp["id"] for corp in self.site.serve.dump()["corps"][:-1]]
        rows = self.site.rows("select name, sum(n)::bigint from wecom.counter where auth_corp_id = any(%s) group by name",
                              (staying,))
        chats = {}
        for corp in staying:
            for name, n in counts["chats"]["by_corp"][corp].items():
                chats[name] = chats.get(name, 0) + (sum(n.values()) if isinstance(n, dict) else n)
        calls = sum(counts["api"]["by_corp"].get(corp, {}).get("by_api", {}).get(GET_CHAT, 0) for corp in staying)
        return {"ours": {name: int(n) for name, n in rows}, "chats": chats, "calls": calls}

    def _since(self, now, part, name):
        return now[part].get(name, 0) - self.before[part].get(name, 0)

    def _judge_calls(self):
        now = self._numbers()
        ours = {name: self._since(now, "ours", name) for name in (*PULLS, "chat_pull_enrich", "chat_edge_applied")}
        theirs = {name: self._since(now, "chats", name) for name in ("gaps", "needed_pulls", "pull_each_delivery",
                                                                     "plain_rule")}
        pulls = sum(ours[name] for name in PULLS)
        made = self._since(now, "chats", "made")
        self.verdict.told += [
            f"{made} chat events; struck: " + ", ".join(f"{name} {n}" for name, n in sorted(self.kills.items())),
            f"pulls of chats: {pulls} (" + ", ".join(f"{name[10:]} {ours[name]}" for name in PULLS) + ")"
            f" and {ours['chat_pull_enrich']} for details; needed at most {theirs['needed_pulls']} "
            f"({theirs['gaps']} real gaps); calls with every retry {now['calls'] - self.before['calls']}",
            f"pulling on every event would have cost {theirs['pull_each_delivery']}, the document's plain rule "
            f"{theirs['plain_rule']}; {ours['chat_edge_applied']} events were applied without a call",
        ]
        if made == 0 or self.site.serve.counts()["lost"] == 0:
            self.verdict.wrong.append("nothing happened, or nothing was lost: the round proves nothing")
        bare = self.site.rows(WITHOUT_DETAILS)
        if bare:
            self.verdict.wrong.append(f"{len(bare)} members of chats are without details, and nobody will ask for them: "
                                      f"{[[str(value) for value in row] for row in bare[:5]]}")
        if pulls > theirs["needed_pulls"]:
            self.verdict.wrong.append(f"{pulls} pulls where {theirs['needed_pulls']} were enough")

    def _resync(self):
        parked = self.site.rows("select auth_corp_id, kind, target, last_error from mirror.job where state = 'parked'")
        for corp, kind, target, _ in parked:
            self.site.unpark(corp, kind, target)
        self._install_again([target for _, _, target, error in parked if target.startswith("code:") and "40078" in error])
        self.site.resync()
        drained(self.site, RESYNC_SECONDS, horizon=20)
        # what came for a corp at the moment it was deleted goes when the corp is looked at next, within a minute
        deadline = time.monotonic() + 70
        while self.site.rows(LEFT_BEHIND)[0][0] and time.monotonic() < deadline:
            time.sleep(0.5)

    def _install_again(self, codes):
        """A daemon that is killed between WeCom's answer to an auth code and its commit takes the permanent code with it.

        The parked job says so, and what a person does then is done here.
        """
        struck = sum(self.kills.get(what, 0) for what in ("kill_daemon", "stop_daemon", "kill_database"))
        if len(codes) > struck:
            self.verdict.wrong.append(f"{len(codes)} auth codes were refused after {struck} strikes")
        if not codes:
            return
        active = {corp for corp, in self.site.rows("select auth_corp_id from mirror.corp where state = 'active'")}
        for corp in self.site.serve.dump()["corps"]:
            if corp["state"] == INSTALLED and corp["id"] not in active:
                self.verdict.told.append(f"{corp['name']}: its permanent code died with a daemon; installed again by hand")
                self.site.serve.deed("install", corp=corp["id"])
        drained(self.site, INSTALL_SECONDS, horizon=20)

    def _judge_mirror(self):
        found = self.site.compare()
        self.verdict.told.append(f"drained in {self.took:.1f} s; compare: {found.lines[-1] if found.lines else 'nothing said'}")
        if not found:
            self.verdict.wrong.append(repr(found))
        violations = self.site.serve.violations()
        if violations:
            self.verdict.wrong.append(f"calls that a well-behaved client never makes: {violations}")
        parked = self.site.rows("select kind, target, last_error from mirror.job where state = 'parked'")
        if parked:
            self.verdict.wrong.append(f"parked: {parked[:5]}")
        deadline = time.monotonic() + 25
        while self.site.rows(UNCOUNTED)[0][0] and time.monotonic() < deadline:
            time.sleep(0.5)
        differing = self.site.rows(FIGURES)
        if differing:
            self.verdict.wrong.append(f"figures that are kept differ from those counted anew: {differing}")
