"""`make run` and `make stop` as an operator meets them: what is printed, what is kept, and that nothing remains."""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from harness import Account, Control, Settings, client, free_port, wait_until
from harness.cluster import bin_folder
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
        assert self.process.wait(30) != 0
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
            self.process.wait(30)
        return self.process.returncode

    def stop(self):
        return subprocess.run(self.arguments("stop"), capture_output=True, text=True, timeout=60, cwd="/", check=False)


@pytest.fixture
def place():
    folder = Path(tempfile.mkdtemp(prefix="wecom-run-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_run(build, place):
    made = []

    def make(name="run", **options):
        made.append(Run(build, place / name, **options))
        return made[-1]

    yield make
    for run in made:
        if run.process:
            run.end(signal.SIGTERM)


@pytest.mark.timeout(120)
def test_the_life_of_a_run(new_run):
    """Start, look, disturb it in every way an operator might, stop, start again: the data are there."""
    run = new_run().start().ready()
    assert set(run.env()) == {"WECOM_BASE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER"}
    assert client.request(run.port, "GET", "/").status == 200
    run.wait_events(8)
    assert "psql -c" in run.text() and " stored " in run.text()
    settings = run.query("select name, setting from pg_settings where name in ('fsync', 'synchronous_commit')")
    assert dict(settings) == {"fsync": "on", "synchronous_commit": "on"}

    # somebody else starts it again, in the same folder or on the same port
    second = Run(run.build, run.folder).start()
    second.output = run.output
    assert second.process.wait(20) != 0 and "already runs" in run.text()
    other = new_run("other", port=run.port).start()
    assert f"port {run.port}" in other.refused()

    # the database is restarted by the operator
    account = Account()
    subprocess.run([str(bin_folder() / "pg_ctl"), "-D", str(run.folder / "pg" / "data"), "-m", "fast", "-w", "-l", "/dev/null",
                    "restart"], check=True, cwd="/", stdout=subprocess.DEVNULL, **account.popen_arguments())
    run.wait_events(4)
    # it crashes
    postmaster = int((run.folder / "pg" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    run.wait_events(4)
    # the pool's parent dies
    os.kill(_pid_of(run, "wecom-callback"), signal.SIGKILL)
    run.wait_events(4)
    assert run.process.poll() is None

    before = run.events_n()
    told = run.stop()
    assert told.returncode == 0 and run.process.wait(10) == 0, told
    assert run.processes() == []
    assert not run.env_file.exists()
    assert "nothing runs" in run.stop().stdout

    run.start().ready()
    assert run.events_n() >= before
    run.wait_events(3)
    assert run.end(signal.SIGINT) == 0
    assert run.processes() == []


@pytest.mark.timeout(240)
def test_the_mirror_of_a_run(new_run):
    """Figures within a minute, a line for each step; a second run goes on with the same truth, and the mirror equals it."""
    run = new_run().start().ready()
    wait_until(lambda: min(run.mirrored()) >= 3, 60, "rows of three corps in every view")
    wait_until(lambda: "applied without a call" in run.text(), 30, "a change of a chat")
    for words in ("auth code exchanged", "authorisation read", "all tags read", "members listed", "chats listed", "chats read"):
        assert words in run.text(), words
    # the reconciler dies; the simulator ends in order, for a truth that went back some seconds would be another one
    for word, name, number in (("wecom-sync", "reconciler", signal.SIGKILL), ("wecom-sim", "simulator", signal.SIGTERM)):
        os.kill(_pid_of(run, word), number)
        wait_until(lambda told=name: f"{told}: it ended" in run.text(), 10, f"the line about {word}")
    run.wait_events(4, 40)
    corps = set(run.query("select auth_corp_id from mirror.corp"))
    assert run.end(signal.SIGINT) == 0
    run.start().ready()
    assert corps <= set(run.query("select auth_corp_id from mirror.corp"))
    run.wait_events(4)
    assert run.query("select count(*) from mirror.corp") == [(4,)]  # the same four, not four more
    found = run.compare_at_rest()
    assert found, repr(found)
    assert run.end(signal.SIGINT) == 0
    assert run.processes() == []


def _pid_of(run, word):
    """The oldest process of the run with this program: the parent of its kind."""
    found = []
    for pid in run.processes():
        try:
            program = os.readlink(f"/proc/{pid}/exe") if os.geteuid() == 0 else _first_word(pid)
        except OSError:
            continue  # it ended meanwhile
        if word in os.path.basename(program) and start_time(pid) is not None:
            found.append((start_time(pid), pid))
    return min(found)[1]


def _first_word(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()


def test_killed_it_leaves_nothing(new_run):
    run = new_run().start().ready()
    run.wait_events(1)
    run.process.kill()
    run.process.wait(10)
    wait_until(lambda: run.processes() == [], 15, "the end of everything it started")
    # and the next one finds its way
    run.start()
    wait_until(lambda: "ready:" in run.text().split("stopped")[-1] and run.env_file.exists(), 40, "the start after the kill")
    wait_until(lambda: client_is_up(run), 20, "the web server")
    assert run.end() == 0


def client_is_up(run):
    try:
        return client.request(run.port, "GET", "/").status == 200
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_as_a_plain_user(new_run, place, build):
    account = Account()
    os.chown(place, account.uid, account.gid)
    programs = place / "build"
    programs.mkdir(mode=0o755)
    for name in ("wecom-callback", "wecom-sync", "wecom-sim"):
        shutil.copy(build / name, programs / name)
    run = new_run(user=account.uid)
    run.build = programs
    run.start().ready()
    run.wait_events(2)
    assert run.end() == 0
    assert run.processes() == []


def test_without_the_simulator(new_run):
    run = new_run(SIM="0").start().ready()
    time.sleep(1)
    assert run.events_n() == 0
    assert run.end() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder of somebody else")
def test_a_folder_without_the_right_to_write(place, build):
    account = Account()
    run = Run(build, place / "run", user=account.uid)
    (place / "run").mkdir()
    assert "Permission denied" in run.start().refused()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", ""])
def test_a_port_that_is_none(new_run, port):
    run = new_run()
    run.port = port or " "
    assert "PORT=" in run.start().refused()


def test_a_used_port(new_run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        run = new_run(port=taken.getsockname()[1])
        assert "in use" in run.start().refused()


class TestOperatorSettings:
    """CONF=: the operator's own ids and keys."""

    def test_their_keys_are_used(self, new_run, place):
        settings = Settings(place / "conf", Account(), system=False).write()
        run = new_run(CONF=str(settings.path)).start().ready()
        run.wait_events(3)
        ids = run.query("select distinct body->>'SuiteId' from mirror.event where body ? 'SuiteId'")
        assert ids == [(settings.suite_id,)]
        assert run.end() == 0

    def test_broken_settings(self, new_run, place):
        settings = Settings(place / "conf", Account(), WECOM_WORKERS="many").write()
        told = new_run(CONF=str(settings.path)).start().refused()
        assert "WECOM_WORKERS" in told and settings.leaked(told) == []

    def test_a_key_that_others_can_read(self, new_run, place):
        settings = Settings(place / "conf", Account()).write()
        Path(settings.values["WECOM_TOKEN_FILE"]).chmod(0o644)
        assert "WECOM_TOKEN_FILE" in new_run(CONF=str(settings.path)).start().refused()

    def test_no_such_file(self, new_run, place):
        assert str(place / "none.conf") in new_run(CONF=str(place / "none.conf")).start().refused()
