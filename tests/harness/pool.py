"""A pool as it is run for real: `spawn-fcgi -n -s SOCKET -M 0660 -- PROGRAM -c CONF`; the receiver's, or the pages'.

Reads what the pool says on stderr; never talks to its socket except to see that somebody listens.
"""

import signal
import socket
import subprocess
from pathlib import Path

from .logged import Logged, parse_line
from .process import Child, HarnessError, children_of, run, send_signal, wait_until


def samples(text):
    """{name{labels}: number} of figures as Prometheus reads them."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


class Pool(Logged):
    """One pool on `folder`/callback.sock: the receiver, wecom-callback.

            .start() .close() .term() .hup()
            .pid            the parent
            .children       its children (workers and the drainer)
            .lines(since)   log lines from a mark() on; .requests(since) those of requests, as dicts
            .wait_line(pattern, since)
            .figures()      what `wecom-callback -s` prints; .metrics() the same as {name{labels}: number}
            .check()        (exit code, output) of `wecom-callback -n`
    `wrapper` goes before the program, for example ["valgrind", "-q"].
    """

    name = "callback"

    def __init__(self, folder, account, program, settings_path, *, wrapper=(), environment=None, log=None):
        self.folder = Path(folder)
        self.account = account
        account.make_folder(self.folder)
        self.program = account.lend(Path(program).resolve(), self.folder)
        self.settings_path = Path(settings_path)
        self.socket = self.folder / f"{self.name}.sock"
        self.log = Path(log) if log else self.folder / f"{self.name}.log"
        self.wrapper = list(wrapper)
        self.environment = environment
        self.child = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self, seconds=15):
        since = self.mark()
        self.socket.unlink(missing_ok=True)
        self.child = Child(["spawn-fcgi", "-n", "-s", self.socket, "-M", "0660", "--", *self.wrapper, self.program,
                            "-c", self.settings_path], self.account, log=self.log, env=self.environment)
        wait_until(lambda: self._listens(since), seconds, f"the pool; its log is {self.log}")
        return self

    def _listens(self, since=0):
        if not self.child.alive:
            code = self.child.reap()
            lines = self.lines(since)
            raise HarnessError(f"wecom-{self.name} ended at once (exit code {code}): {'; '.join(lines[-3:]) or 'no log'}")
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
                return " ready: " in self.text(since)
            except OSError:
                return False

    @property
    def pid(self):
        return self.child.pid

    @property
    def alive(self):
        return self.child is not None and self.child.alive

    @property
    def children(self):
        return children_of(self.child.pid)

    def term(self):
        self.child.send(signal.SIGTERM)

    def hup(self):
        self.child.send(signal.SIGHUP)

    def kill_child(self, pid, number=signal.SIGKILL):
        """Only one of ours."""
        if pid not in self.children:
            raise HarnessError(f"{pid} is not a child of this pool")
        send_signal(pid, number)

    def close(self):
        """TERM and the exit code; None when it was not running."""
        if self.child is None:
            return None
        for pid in self.children:
            send_signal(pid, signal.SIGCONT)
        code = self.child.close(signal.SIGTERM, 15)
        self.child = None
        return code

    # what it says

    def requests(self, since=0):
        return [parse_line(line) for line in self.lines(since) if " route=" in line or " method=" in line]

    def wait_requests(self, count, since, seconds=5):
        """At least `count` request lines (a line may come a moment after the answer)."""
        wait_until(lambda: len(self.requests(since)) >= count, seconds, f"{count} log lines of requests")
        return self.requests(since)

    # asking the program

    def _run(self, *options):
        done = subprocess.run([*self.wrapper, str(self.program), "-c", str(self.settings_path), *options], cwd="/",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300, check=False, env=self.environment, **self.account.popen_arguments())
        return done.returncode, done.stdout

    def check(self):
        return self._run("-n")

    def figures(self):
        """What `-s` prints."""
        return run([self.program, "-c", self.settings_path, "-s"], self.account, env=self.environment)

    def metrics(self):
        return samples(self.figures())


class WebPool(Pool):
    """The pages: wecom-web on `folder`/web.sock."""

    name = "web"
