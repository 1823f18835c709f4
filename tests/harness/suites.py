"""Build, run the suites of `make test` side by side, and count them.

    suites.py REPORTS [SUITE ...]       all of them unless some are named

Most suites wait more than they compute: on a large machine some of those run beside each other.  Those that only compute, and
the builds, run one by one beside them with a lower priority, so that they take what the others leave; what measures time, or
brings a busy machine about itself, runs alone.  What a suite prints comes whole when it has ended.  A suite whose exit code
tells of a failure that its reports do not name gets a report that does.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import tally  # noqa: E402  pylint: disable=wrong-import-position

ROOT = Path(__file__).resolve().parents[2]

# suites that mostly wait, at a time: each runs several tests beside each other, and a machine that is too busy for them fails
# those that are about time
WAITING_N = max(1, (os.cpu_count() or 1) // 2)
NICE = 10
SETTINGS = ["WERROR=-Werror"]


@dataclass
class Step:
    """A target of the Makefile.  waits: it may run beside others; after: what must have been built before; alone: beside none."""

    name: str
    arguments: list = field(default_factory=list)
    after: str = "build"
    waits: bool = False
    is_suite: bool = True
    alone: bool = False

    def command(self):
        return ["make", "--no-print-directory", *SETTINGS, *(self.arguments or [self.name])]


# those that take longest come first
STEPS = [
    Step("build", ["-j2", "all", "sim", "unit-programs", "fault-programs"], after="", is_suite=False, alone=True),
    Step("unit", alone=True),
    Step("fault", waits=True, alone=True),
    Step("e2e", waits=True),
    Step("e2e-sync", waits=True),
    Step("web", waits=True),
    Step("pages", waits=True),
    Step("sql", waits=True),
    Step("documents", waits=True),
    Step("build-asan", ["-j2", "MODE=asan", "all", "sim", "unit-programs"], after="", is_suite=False),
    Step("e2e-asan", after="build-asan", waits=True),
    Step("replay", after=""),
    Step("unit-asan", after="build-asan", alone=True),
    Step("sync", waits=True, alone=True),
]


class Suites:
    """Runs steps until none is left; .failed holds the names of those whose exit code was not 0."""

    def __init__(self, reports, names, steps):
        self.reports = reports
        self.names = [step.name for step in steps if step.is_suite]
        needed = {step.after for step in steps if step.name in names}
        self.waiting = [step for step in steps if step.name in (needed if not step.is_suite else names)]
        self.running = {}  # step name: (step, process, begin)
        self.done, self.failed = {""}, set()

    def run(self):
        try:
            while self.waiting or self.running:
                self._begin_steps()
                self._end_steps()
        finally:
            for _, process, _ in self.running.values():
                process.terminate()
            for _, process, _ in self.running.values():
                process.wait()

    def _has_room(self, step):
        if self.running and (step.alone or any(one.alone for one, _, _ in self.running.values())):
            return False
        beside = [one for one, _, _ in self.running.values() if one.waits == step.waits]
        return len(beside) < (WAITING_N if step.waits else 1)

    def _begin_steps(self):
        for step in list(self.waiting):
            if step.after in self.failed:
                self.waiting.remove(step)
                self.failed.add(step.name)
            elif step.after in self.done and self._has_room(step):
                self.waiting.remove(step)
                self._begin(step)
            elif step.after in self.done and step.alone:
                break  # it shall have its turn: nothing further begins before it

    def _begin(self, step):
        log = self.reports / f"{step.name}.log"
        command = step.command() if step.waits or step.name == "build" else ["nice", "-n", str(NICE), *step.command()]
        with log.open("wb") as output:
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self.running[step.name] = (step, process, time.monotonic())

    def _end_steps(self):
        time.sleep(0.1)
        for step, process, began in list(self.running.values()):
            if process.poll() is None:
                continue
            del self.running[step.name]
            (self.failed if process.returncode else self.done).add(step.name)
            verdict = "FAILED" if process.returncode else "ok"
            self._tell(step, f"{verdict}, {time.monotonic() - began:.0f} s", bool(process.returncode))
            if process.returncode and step.is_suite:
                self._report(step.name, process.returncode)

    def _tell(self, step, verdict, is_failure):
        print(f"== {step.name}: {verdict}", flush=True)
        text = (self.reports / f"{step.name}.log").read_text(errors="replace").rstrip()
        if text and (step.is_suite or is_failure):
            print(text, flush=True)

    def _report(self, suite, code):
        """A failure that no report tells of must be counted all the same."""
        if tally.count_suite(self.reports, suite, self.names)[0][1] > 0:
            return
        (self.reports / f"{suite}-end.xml").write_text(
            f'<testsuite><testcase classname="{suite}" name="ends in order"><failure message="exit code {code}"/>'
            "</testcase></testsuite>")


def main():
    reports = Path(sys.argv[1])
    known = [step.name for step in STEPS if step.is_suite]
    names = sys.argv[2:] or known
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"suites: no such suite: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    Suites(reports, names, STEPS).run()
    print(f"== all: {time.monotonic() - began:.0f} s", flush=True)
    return tally.tell(reports, names)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
