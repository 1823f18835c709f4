"""The receiver's log as people like to read it: one short line per event.  Shows nothing that the log does not hold."""

import re

from .pool import parse_line

SENTENCE = re.compile(r"^\d{4}-\d\d-\d\dT(?P<time>[\d:.]+)Z (?P<level>\w+) \S+\[\d+\] (?P<text>.*)$")
HEADING = f"{'time (UTC)':12}  {'corp':20}  {'kind':28} {'what':26} {'result':12} {'ms':>6}"


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
    return (f"{time}  {found.get('corp', ''):20.20}  {kind:28.28} {what:26.60} {_result(found):12} "
            f"{found.get('ms', ''):>6}")


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
