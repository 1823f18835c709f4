"""Parts of a site that the fault tests need beside harness.Site: a second pool, prepared clusters, repair after a test.

Never decides whether the product is right.
"""

import itertools
import os
import shutil
import signal
import threading
import time
import uuid
from contextlib import contextmanager

from harness import Cluster, Nginx, Pool, Settings, Sim, prepared, request, wait_until
from harness.process import send_signal, start_time

_numbers = itertools.count(1)


def unique(prefix="x"):
    return f"{prefix}{uuid.uuid4().hex[:16]}"


def command(site, info_type, **elements):
    """The text of a command-callback event."""
    values = {"SuiteId": site.settings.suite_id, "InfoType": info_type, "TimeStamp": int(time.time()), **elements}
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + "</xml>"


def customer(site, corp, who=None):
    """A change of a customer whom nobody else has."""
    return command(site, "change_external_contact", AuthCorpId=corp, ChangeType="edit_external_contact",
                   UserID="woMember", ExternalUserID=who or unique("wm"))


def is_success(answer):
    return (answer.status, answer.body) == (200, b"success")


@contextmanager
def posting(front, text):
    """One callback under way in a thread; when the block is over, its answer is in the list and `seconds` behind it."""
    answers = []
    made = front.sim.craft(route="command", method="POST", message=text)  # here: the simulator ends with its starter

    def post():
        began = time.monotonic()
        answers.append(request(front.port, "POST", front.sim.target(made), made["body"]))
        answers.append(time.monotonic() - began)

    thread = threading.Thread(target=post)
    thread.start()
    yield answers
    thread.join(20)
    assert len(answers) == 2, "no answer"


def takes_requests(pid):
    """A worker keeps the listening socket as descriptor 0; the drainer gives it up."""
    try:
        return os.readlink(f"/proc/{pid}/fd/0").startswith("socket:")
    except OSError:
        return False


def workers(site):
    return [pid for pid in site.pool.children if takes_requests(pid)]


def drainers(site):
    return [pid for pid in site.pool.children if not takes_requests(pid)]


def gone(pids):
    return not any(start_time(pid) for pid in pids)


def backends(site, name="wecom-callback", cluster=None):
    """Server processes that hold a connection of the receiver, and what each waits for."""
    return (cluster or site.cluster).query(
        "select pid, wait_event from pg_stat_activity where datname = %s and application_name = %s",
        (site.database, name), database="template1")


def wait_whole(site, seconds=20):
    """All children there, and every worker connected to the database."""
    wanted = int(site.settings.values.get("WECOM_WORKERS", 2))
    has_spool = site.settings.values.get("WECOM_SPOOL_MAX_BYTES") != "0"
    wait_until(lambda: len(site.pool.children) == wanted + has_spool, seconds, "all processes of the pool")
    wait_until(lambda: len(backends(site)) >= wanted, seconds, "the workers' database connections")


def heal(site):
    """Whatever the test did: everything runs again and the spool is empty."""
    site.cluster.thaw()
    site.cluster.start()
    heal_front(site)


def heal_front(site):
    if site.pool.alive:
        for pid in [site.pool.pid, *site.pool.children]:
            send_signal(pid, signal.SIGCONT)
    else:
        restart_pool(site)
    for web in site.web.values():
        if not web.alive:
            web.close()
            web.start()
        for pid in [web.pid, *web.children]:
            send_signal(pid, signal.SIGCONT)
    wait_whole(site)
    wait_until(lambda: not list(site.settings.spool_folder.glob("*.segment")), 20, "the spool to be drained")


def restart_pool(site):
    """As a supervisor does when the parent is dead: the process group is not ended, only waited for."""
    site.pool.close()
    site.pool.start()


class Front:
    """Another pool with nginx and simulator on the database of `site`, with settings of its own.

    With `key` its spool is sealed under the master key of that other site, so that the two can share a folder.
    """

    def __init__(self, site, *, key=None, cluster=None, database=None, conninfo=None, wrapper=(), **values):
        self.account, self.cluster = site.account, cluster or site.cluster
        self.database = database or site.database
        self.folder = site.account.make_folder(site.folder / f"front{next(_numbers)}", 0o755)
        self.settings = Settings(self.folder / "conf", self.account)
        conninfo = conninfo or self.cluster.conninfo("wecom_callback", self.database)
        self.settings.set(WECOM_DATABASE=conninfo, WECOM_WORKERS=2, **values)
        if key:
            self.settings.secret("WECOM_MASTER_KEY_FILE", key.settings.secrets["WECOM_MASTER_KEY_FILE"])
        self.settings.write()
        self.sim = Sim(site.build / "wecom-sim", self.settings.path, self.account, self.folder)
        self.pool = Pool(self.folder / "pool", self.account, site.build / "wecom-callback", self.settings.path,
                         wrapper=wrapper)
        self.web = {"nginx": Nginx(self.folder / "nginx", self.account, self.pool.socket)}

    def __enter__(self):
        try:
            self.pool.start()
            self.web["nginx"].start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def port(self):
        return self.web["nginx"].port

    def rows(self, sql, parameters=None):
        return self.cluster.query(sql, parameters, database=self.database)

    def close(self):
        self.sim.close()
        self.web["nginx"].close()
        self.pool.close()


class Prepared:
    """A migrated cluster, stopped, from which others are copied in a moment.  primary(): one with standbys."""

    def __init__(self, folder, account, migrate, database="wecom"):
        self.folder, self.account, self.database = folder, account, database
        made = Cluster(folder / "prepared", account)
        prepared.create(made, migrate)
        with made:
            made.migrated_copy(migrate, database)
            made.stop()
        self.data = made.data

    def _copy(self, folder, **options):
        made = Copied(folder, self.account, **options)
        self.account.make_folder(made.folder)
        self.account.make_folder(made.socket_folder)
        shutil.copytree(self.data, made.data, symlinks=True)
        for path in [made.data, *made.data.rglob("*")]:
            self.account.own(path)
        made.data.chmod(0o700)
        return made

    def cluster(self, trusted=None, **options):
        """A running copy.  trusted: an address range that may connect without a password."""
        made = self._copy(self.folder / f"c{next(_numbers)}", **options)
        made.write_settings()
        if trusted:
            with (made.data / "pg_hba.conf").open("a") as file:
                file.write(f"host all all {trusted} trust\n")
        return made.start()

    def primary(self, *names):
        """(primary, standbys): a running primary that waits for the first of its standbys that is there."""
        primary = self.cluster()
        standbys = []
        try:
            for name in names:
                made = self._copy(self.folder / f"c{next(_numbers)}")
                source = f"host={primary.socket_folder} port={primary.port} user={primary.superuser}"
                made.settings["primary_conninfo"] = f"'{source} application_name={name}'"
                made.settings["wal_retrieve_retry_interval"] = "200ms"
                made.write_settings()
                self.account.write(made.data / "standby.signal", "")
                standbys.append(made.start())
            primary.synchronous(f"FIRST 1 ({', '.join(names)})")
        except BaseException:
            for made in [primary, *standbys]:
                made.close()
            raise
        return primary, standbys


class Copied(Cluster):
    """A cluster whose data folder was copied: nothing to make."""

    def create(self):
        return False
