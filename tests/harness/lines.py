"""The programs' logs as people like to read them: one short line per event and step.  Shows nothing that no log holds."""

import re
import time as clock

from .logged import parse_line
from .sync import parse_counts

SENTENCE = re.compile(r"^\d{4}-\d\d-\d\dT(?P<time>[\d:.]+)Z (?P<level>\w+) \S+\[\d+\] (?P<text>.*)$")
HEADING = f"{'time (UTC)':12}  {'corp':20}  {'kind':28} {'what':26} {'result':12} {'ms':>6}"

# what a finished job has done: by kind and whether it names an object
STEPS = {
    ("corp", True): "auth code exchanged",
    ("corp", False): "authorisation read",
    ("chat", True): "chat read",
    ("chat_list", False): "chats listed",
    ("customer", True): "customer read",
    ("customer_list", True): "customers of a member read",
    ("customer_list", False): "members with customers listed",
    ("tag", True): "tags read",
    ("tag", False): "all tags read",
    ("member", True): "member read",
    ("member_list", False): "members listed",
    ("openid_map", False): "ids mapped",
    ("purge", False): "data deleted",
}
# counters that say more than the kind; the first that is there
FINDINGS = [
    ("chat_pull_gap", "gap repaired"),
    ("chat_gap", "gap found"),
    ("chat_pull_enrich", "details read"),
    ("chat_pull_info", "chat read again"),
    ("chat_pull_unknown", "new chat read"),
    ("chat_pull_reconcile", "chat compared"),
    ("chat_pull_list", "chat listed again, or no longer"),
    ("chat_edge_applied", "applied without a call"),
    ("chat_edge_contained", "known already, no call"),
    ("chat_edge_covered", "known already, no call"),
]
PLURALS = {"chat read": "chats read", "customer read": "customers read", "member read": "members read",
           "customers of a member read": "members' customers read", "details read": "details read",
           "chat compared": "chats compared", "new chat read": "chats read"}


def _row(time, corp, kind, what, result, ms=""):
    return f"{time}  {corp:20.20}  {kind:28.28} {what:26.60} {result:12} {ms:>6}"


def _result(found):
    stored = found.get("stored", "")
    if found.get("status") != "200":
        return f"refused {found.get('status', '?')}"
    if found.get("method") == "GET":
        return "verified"
    if stored == "spool":
        return "spooled"
    deliveries = found.get("deliveries", "1")
    return "stored" if deliveries == "1" else f"repeat {deliveries}"


def readable(line):
    """A log line of the receiver for people; None when there is nothing to show."""
    match = SENTENCE.match(line)
    if not match:
        return line or None
    time, text = match["time"], match["text"]
    if " status=" not in text:
        return f"{time}  receiver: {text}"
    found = parse_line(text)
    kind = found.get("info_type", found.get("route", ""))
    what = found.get("change_type", "") if found.get("status") == "200" else found.get("reason", "")
    return _row(time, found.get("corp", ""), kind, what, _result(found), found.get("ms", ""))


def _step(job, counts):
    if any(n for name, n in counts.items() if name.startswith("drift_")):
        return "drift mended"
    for name, words in FINDINGS:
        if counts.get(name):
            return words
    return STEPS.get((job.get("kind", ""), bool(job.get("target"))), f"{job.get('kind', 'job')} done")


class Steps:
    """The reconciler's log for people.  What a backfill or a resync does in hundreds is summed up once a second."""

    EVERY_SECONDS = 1.0

    def __init__(self):
        self.sums = {}
        self.due = clock.monotonic()

    def feed(self, line):
        """Lines to show for this one."""
        match = SENTENCE.match(line)
        if not match:
            return [line] if line else []
        time, text = match["time"], match["text"]
        if " outcome=" not in text:
            return [f"{time}  reconciler: {text}"]
        job = parse_line(text)
        counts = parse_counts(job.get("counts", ""))
        if job.get("error"):
            return [_row(time, job.get("corp", ""), f"> {job.get('kind', '')}", job["error"], job.get("outcome", ""),
                         job.get("ms", ""))]
        if job.get("outcome") in ("later", "lost"):
            return []
        step = _step(job, counts)
        if job.get("events") == "0" and step in PLURALS:
            key = (job.get("corp", ""), PLURALS[step])
            self.sums[key] = (time, self.sums.get(key, ("", 0))[1] + 1)
            return []
        return [_row(time, job.get("corp", ""), f"> {step}", job.get("target", ""), job.get("outcome", ""), job.get("ms", ""))]

    def flush(self):
        """The sums that are due."""
        if not self.sums or clock.monotonic() < self.due:
            return []
        self.due = clock.monotonic() + self.EVERY_SECONDS
        told = [_row(time, corp, f"> {n} {words}", "", "done") for (corp, words), (time, n) in self.sums.items()]
        self.sums = {}
        return told


class Tail:
    """New whole lines of a growing file; the file is cut when it is large and all of it was read."""

    LARGE_BYTES = 64 << 20
    CHUNK_BYTES = 1 << 20

    def __init__(self, path):
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0
        self.rest = b""

    def lines(self):
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = file.read(self.CHUNK_BYTES)
        self.offset += len(data)
        if self.offset > self.LARGE_BYTES and len(data) < self.CHUNK_BYTES:
            self.path.write_bytes(b"")
            self.offset = 0
        *whole, self.rest = (self.rest + data).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]
