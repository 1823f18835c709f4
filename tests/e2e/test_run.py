"""`make run` and `make stop` as an operator meets them: what is printed, what is kept, and that nothing remains."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

from harness import Account, client, wait_until
from harness.cluster import bin_folder
from run_kit import Run


def test_the_life_of_a_run(new_run):
    """Start, look, disturb it in every way an operator might, stop, start again: the data are there."""
    run = new_run().start().ready()
    assert set(run.env()) == {"WECOM_BASE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER"}
    for path in ("/", "/wecom/login", "/wecom/static/style.css", "/wecom/static/vendor/chart.js", "/healthz"):
        assert client.request(run.port, "GET", path).status == 200, path
    assert client.request(run.port, "GET", "/metrics").status == 404
    run.wait_events(8)
    assert "psql -c" in run.text() and " stored " in run.text() and "/wecom/workspace" in run.text()
    settings = run.query("select name, setting from pg_settings where name in ('fsync', 'synchronous_commit')")
    assert dict(settings) == {"fsync": "on", "synchronous_commit": "on"}

    # somebody else starts it again, in the same folder or on the same port
    second = Run(run.build, run.folder).start()
    second.output = run.output
    assert second.process.wait(60) != 0 and "already runs" in run.text()
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
    os.kill(run.pid_of("wecom-callback"), signal.SIGKILL)
    run.wait_events(4)
    os.kill(run.pid_of("wecom-web"), signal.SIGKILL)
    wait_until(lambda: "pages: its parent ended" in run.text(), 10, "the line about the pages")
    wait_until(lambda: client.request(run.port, "GET", "/healthz").status == 200, 20, "the pages again")
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
    for name in ("wecom-callback", "wecom-sync", "wecom-web", "wecom-sim"):
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
