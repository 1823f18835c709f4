"""The reconciler as it is run for real: `wecom-sync -c CONF` in the foreground."""

import json
import signal
import subprocess
from pathlib import Path

from .logged import Logged, parse_line
from .process import Child, HarnessError, wait_until


class Sync(Logged):
    """One daemon.

            .start() .stop() .kill() .freeze() .thaw() .close()
            .pid .alive
            .jobs(since)    log lines of jobs as dicts: corp, kind, target, outcome, events, counts (a dict), error, ms
            .check(*options)  (exit code, output) of `wecom-sync -n`
    `name` tells the daemons of one site apart.
    """

    STOP_SECONDS = 30  # how soon it ends is judged by the tests that ask for it

    def __init__(self, folder, account, program, settings_path, *, name="sync", wrapper=(), environment=None, log=None):
        self.folder = Path(folder)
        self.account = account
        account.make_folder(self.folder)
        self.program = account.lend(Path(program).resolve(), self.folder)
        self.settings_path = Path(settings_path)
        self.name = name
        self.log = Path(log) if log else self.folder / f"{name}.log"
        self.wrapper = list(wrapper)
        self.environment = environment
        self.child = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self, seconds=15):
        since = self.mark()
        self.launch()
        wait_until(lambda: self._is_ready(since), seconds, f"wecom-sync; its log is {self.log}")
        return self

    def launch(self):
        """Start it, and do not wait until it is ready."""
        self.child = Child([*self.wrapper, self.program, "-c", self.settings_path], self.account, log=self.log,
                           env=self.environment)

    def _is_ready(self, since):
        if not self.child.alive:
            code = self.child.reap()
            told = "; ".join(self.lines(since)[-3:])
            raise HarnessError(f"wecom-sync ended at once (exit code {code}): {told or 'no log'}")
        return " ready: " in self.text(since)

    @property
    def pid(self):
        return self.child.pid

    @property
    def alive(self):
        return self.child is not None and self.child.alive

    def stop(self):
        """TERM; the exit code.  HarnessError when it takes longer than it may."""
        self.child.send(signal.SIGTERM)
        code = self.child.wait(self.STOP_SECONDS)
        self.child = None
        return code

    def kill(self):
        """kill -9, and wait until it is gone."""
        self.child.send(signal.SIGKILL)
        self.child.wait(10)
        self.child = None

    def freeze(self):
        self.child.send(signal.SIGSTOP)

    def thaw(self):
        self.child.send(signal.SIGCONT)

    def close(self):
        """TERM, frozen or not; None when it does not run."""
        if self.child is None:
            return None
        code = self.child.close(signal.SIGTERM, self.STOP_SECONDS)
        self.child = None
        return code

    # what it says

    def jobs(self, since=0, **wanted):
        """Lines of jobs, oldest first; `wanted` are values that must be there: jobs(kind="chat", outcome="done")."""
        found = []
        for line in self.lines(since):
            if " kind=" not in line or " outcome=" not in line:
                continue
            job = parse_line(line)
            job["counts"] = parse_counts(job.get("counts", ""))
            if all(job.get(name) == value for name, value in wanted.items()):
                found.append(job)
        return found

    # asking the program

    def check(self, *options):
        done = subprocess.run([*self.wrapper, str(self.program), "-c", str(self.settings_path), *(options or ("-n",))],
                              cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=300, check=False, env=self.environment, **self.account.popen_arguments())
        return done.returncode, done.stdout


def parse_counts(text):
    """The counts of a job's line: JSON whose quotes the log has escaped; {} for what is none."""
    try:
        found = json.loads(text.replace('\\"', '"')) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
