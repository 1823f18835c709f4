"""Words that the end-to-end tests share.  Messages are written here as text; all cryptography is the simulator's."""

import threading
import time
import uuid
import xml.etree.ElementTree as ElementTree

from harness import Lag, client
from harness.process import wait_until

# Settings with which `success` means a row in the database: without a spool no event takes the other way, whatever the
# machine does, and the database gets nearly all the time that the web servers give.
STORED = {"WECOM_SPOOL_MAX_BYTES": "0", "WECOM_DATABASE_TIMEOUT_MS": "3500"}


def unique(prefix="x"):
    """An id nobody has used."""
    return f"{prefix}{uuid.uuid4().hex[:16]}"


def now():
    return int(time.time())


def cdata(name, value):
    return f"<{name}><![CDATA[{value}]]></{name}>"


def message(*parts):
    return "<xml>" + "".join(parts) + "</xml>"


def command(site, info_type, *parts, corp=None, at=None, suite=None):
    """A command-callback event of our suite (another with `suite`)."""
    return message(cdata("SuiteId", suite or site.settings.suite_id), *([cdata("AuthCorpId", corp)] if corp else []),
                   cdata("InfoType", info_type), f"<TimeStamp>{at or now()}</TimeStamp>", *parts)


def customer(site, corp=None, change="edit_external_contact", **more):
    """An event that is like no other (its customer is new)."""
    return command(site, "change_external_contact", cdata("ChangeType", change), cdata("UserID", "woMember"),
                   cdata("ExternalUserID", unique("wm")), corp=corp or unique("wp"), **more)


def body_of(xml):
    """What mirror.event.body must hold, by the contract alone: names as sent, values as strings, Item lists as arrays."""

    def value(element):
        children = list(element)
        if not children:
            return element.text or ""
        if {child.tag for child in children} in ({"Item"}, {"item"}):
            return [value(child) for child in children]
        found = {}
        for child in children:
            if child.tag in found:
                found[child.tag] = found[child.tag] if isinstance(found[child.tag], list) else [found[child.tag]]
                found[child.tag].append(value(child))
            else:
                found[child.tag] = value(child)
        return found

    return value(ElementTree.fromstring(xml))


class Watch:
    """What has changed since it was made.  Compares workers, rows and log lines; tells secrets in the log."""

    def __init__(self, site):
        self.site = site
        self.renew()

    def renew(self):
        self.mark = self.site.pool.settled_mark()
        self.children = self.site.pool.children
        self.count = self.rows_n()
        return self

    def rows_n(self):
        return self.site.rows("select count(*) from wecom.event")[0][0]

    def assert_refused(self, answer, status, *never_in_log, lines=1):
        """This status, so many log lines, no row, the same workers, and nothing in the log that must not be there."""
        assert answer.status == status, answer
        found = self.site.pool.wait_requests(lines, self.mark) if lines else self.site.pool.requests(self.mark)
        assert len(found) == lines, found
        for line in found:
            assert line["status"] == str(status)
            assert line["reason"]
        self.assert_untouched(*never_in_log)
        return found

    def assert_refused_or_at_the_door(self, answer, status):
        """As assert_refused; the web server may answer by itself, and then the receiver has no line."""
        assert answer.status == status, answer
        time.sleep(0.05)
        assert {line["status"] for line in self.site.pool.requests(self.mark)} <= {str(status)}
        self.assert_untouched()

    def assert_untouched(self, *never_in_log):
        assert self.rows_n() == self.count
        assert self.site.pool.children == self.children
        text = self.site.pool.text(self.mark)
        assert self.site.settings.leaked(text) == []
        for secret in never_in_log:
            assert secret not in text

    def one_row(self, corp):
        """The single event of a corp that nobody else uses, as a dict of mirror.event's columns."""
        columns = ["event_id", "auth_corp_id", "route", "info_type", "change_type", "event_at", "received_at",
                   "deliveries", "state", "body"]
        rows = self.site.rows(f"select {', '.join(columns)} from mirror.event where auth_corp_id = %s", (corp,))
        assert len(rows) == 1, rows
        return dict(zip(columns, rows[0]))


class Load:
    """Threads that post events to a port until told to stop, and what they were told: the ledger of the test."""

    def __init__(self, site, port, threads=4, pause=0.0, corp=None, change="edit_external_contact"):
        self.corp = corp or unique("wpLoad")
        self.site, self.port, self.pause = site, port, pause
        self.acknowledged, self.failures, self.slowest = [], [], 0.0
        self.crafting = threading.Lock()
        self.stopping = threading.Event()
        self.lag = Lag()
        self.threads = [threading.Thread(target=self._run, args=(change,), daemon=True) for _ in range(threads)]

    def __enter__(self):
        self.lag.start()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping.set()
        self.lag.stop()
        for thread in self.threads:
            thread.join(20)

    def reach(self, n):
        """Wait until more than n events were acknowledged: how fast that goes is the machine's."""
        wait_until(lambda: len(self.acknowledged) > n, 15, f"more than {n} acknowledged events")

    def _run(self, change):
        while not self.stopping.is_set():
            who = unique("wm")
            text = command(self.site, "change_external_contact", cdata("ChangeType", change), cdata("UserID", "woMember"),
                           cdata("ExternalUserID", who), corp=self.corp)
            with self.crafting:
                crafted = self.site.sim.craft(route="command", method="POST", message=text)
            began = time.monotonic()
            try:
                answer = client.request(self.port, "POST", self.site.sim.target(crafted), crafted["body"], timeout=15)
            except OSError as error:
                answer = client.Answer(0, str(error).encode())
            self.slowest = max(self.slowest, time.monotonic() - began)
            if answer.status == 200 and answer.body == b"success":
                self.acknowledged.append(who)
            else:
                self.failures.append((answer.status, answer.text))
            if self.pause:
                time.sleep(self.pause)

    def stored(self):
        """How often each customer of this load is in the database."""
        rows = self.site.rows("select body->>'ExternalUserID', count(*) from mirror.event where auth_corp_id = %s group by 1",
                              (self.corp,))
        return dict(rows)

    def assert_nothing_lost(self):
        wait_until(lambda: not list(self.site.settings.spool_folder.glob("*.segment")), 20, "the spool to be drained")
        stored = self.stored()
        assert [who for who in self.acknowledged if stored.get(who) != 1] == []


def in_parallel(calls):
    """Results of the calls, each in its own thread, in their order; an exception is a result."""
    results = [None] * len(calls)

    def work(i):
        try:
            results[i] = calls[i]()
        except Exception as error:  # pylint: disable=broad-except
            results[i] = error

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
