"""`make run` as an operator starts it, in a folder of its own, for the tests that watch what it prints and leaves."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2

from harness import Account, Control, free_port, wait_until
from harness.process import start_time

RUN = Path(__file__).resolve().parents[1] / "harness" / "run.py"


class Run:
    """run.py in a folder of its own; text() is what it printed."""

    def __init__(self, build, folder, port=None, user=None, **environment):
        self.folder, self.port, self.user = Path(folder), port or free_port(), user
        self.output = self.folder.parent / f"{self.folder.name}.out"
        self.build, self.environment = build, environment
        self.process = None

    def arguments(self, command):
        options = ["--build", self.build, "--port", self.port] if command == "run" else []
        return [sys.executable, "-B", str(RUN), command, "--run-dir", str(self.folder), *[str(part) for part in options]]

    def start(self):
        extra = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(self.arguments("run"), stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, cwd="/", env={**os.environ, **self.environment}, **extra)
        return self

    def ready(self):
        wait_until(lambda: self.env_file.exists() or self.process.poll() is not None, 40, "the start of `make run`")
        assert self.process.poll() is None, self.text()
        return self

    def refused(self):
        """It ends by itself with a failure; the one sentence that it says."""
        assert self.process.wait(120) != 0
        lines = [line for line in self.text().splitlines() if line.startswith("make run:")]
        assert len(lines) == 1, self.text()
        assert "Traceback" not in self.text()
        return self.text()

    @property
    def env_file(self):
        return self.folder / "env"

    def text(self):
        return self.output.read_text(errors="replace")

    def env(self):
        lines = self.env_file.read_text().splitlines()
        pairs = [shlex.split(line.removeprefix("export "))[0].partition("=") for line in lines]
        return {name: value for name, _, value in pairs}

    def query(self, sql):
        env = self.env()
        connection = psycopg2.connect(host=env["PGHOST"], port=env["PGPORT"], dbname=env["PGDATABASE"], user=env["PGUSER"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()

    def events_n(self):
        return self.query("select count(*) from mirror.event")[0][0]

    def mirrored(self):
        """In how many corps there are chats, customers, tags, members."""
        return [self.query(f"select count(distinct auth_corp_id) from mirror.{view}")[0][0]
                for view in ("group_chat", "customer", "tag", "member")]

    def compare_at_rest(self):
        """Nothing more happens; everything is read again; what differs then."""
        account = Account()
        program = account.lend(self.build / "wecom-sim", self.folder.parent)
        control = Control(program, self.folder / "sim" / "control", account)
        control.stop_activity()
        env = self.env()
        superuser = f"host={env['PGHOST']} port={env['PGPORT']} dbname={env['PGDATABASE']} user=postgres"
        connection = psycopg2.connect(superuser)
        connection.autocommit = True
        waiting = "select count(*) from wecom.job where state = 'leased' or due_at < clock_timestamp() + interval '75 seconds'"
        with connection.cursor() as cursor:
            def is_still():
                cursor.execute(waiting)
                return cursor.fetchone()[0] == 0 and not control.counts().get("pending")

            wait_until(is_still, 120, "the end of all jobs", 0.5)
            cursor.execute("select wecom.resync(auth_corp_id, null, null) from mirror.corp where state = 'active'")
            wait_until(is_still, 60, "the end of the resync", 0.5)
        connection.close()
        return control.compare(superuser.replace("user=postgres", "user=wecom_report"))

    def wait_events(self, more, seconds=20):
        """Until that many came beyond now; failures of the moment count as none."""
        def count():
            try:
                return self.events_n()
            except psycopg2.Error:
                return -1

        first = max(count(), 0)
        wait_until(lambda: count() >= first + more, seconds, f"{more} more events", 0.1)

    def processes(self):
        """Every process that names our folder or has it as its working folder."""
        found, name = [], str(self.folder)
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) in (os.getpid(), self.process.pid):
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
                if name in words or os.readlink(entry / "cwd").startswith(name + "/"):
                    found.append(int(entry.name))
            except OSError:
                pass
        return [pid for pid in found if start_time(pid) is not None]

    def end(self, number=signal.SIGINT):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(60)
        return self.process.returncode

    def stop(self):
        return subprocess.run(self.arguments("stop"), capture_output=True, text=True, timeout=60, cwd="/", check=False)

    def pid_of(self, word):
        """The oldest process of the run with this program: the parent of its kind."""
        found = []
        for pid in self.processes():
            try:
                program = os.readlink(f"/proc/{pid}/exe") if os.geteuid() == 0 else _first_word(pid)
            except OSError:
                continue  # it ended meanwhile
            if word in os.path.basename(program) and start_time(pid) is not None:
                found.append((start_time(pid), pid))
        return min(found)[1]


def _first_word(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
