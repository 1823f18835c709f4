"""A log file that a started program appends to, and questions about what it says."""

import re
import time

from .process import wait_until

FIELD = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)')


def parse_line(line):
    """The key=value pairs of a log line; {} for a sentence."""
    return {key: value.strip('"') for key, value in FIELD.findall(line)}


class Logged:
    """For classes with `log`, a path.

            .mark()         where the log ends now; .settled_mark() once it stands still
            .text(since) .lines(since)
            .wait_line(pattern, since)
    """

    log = None

    def mark(self):
        """Where the log ends now."""
        return self.log.stat().st_size if self.log.exists() else 0

    def settled_mark(self):
        """As mark(), once the log stands still for three looks: a request's line may come a moment after its answer."""
        found = [self.mark()]
        while len(found) < 3 or len(set(found[-3:])) > 1:
            time.sleep(0.02)
            found.append(self.mark())
        return found[-1]

    def text(self, since=0):
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(since)
            return file.read().decode("utf-8", "replace")

    def lines(self, since=0):
        return self.text(since).splitlines()

    def wait_line(self, pattern, since=0, seconds=10):
        def find():
            return next((line for line in self.lines(since) if re.search(pattern, line)), None)

        return wait_until(find, seconds, f"a log line like {pattern!r} in {self.log}")
