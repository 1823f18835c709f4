"""A private PostgreSQL: durable settings, a Unix socket in a folder that only its user may enter, optional standbys.

Never listens on the network unless asked to, and never touches a cluster that is not in its folder.
"""

import glob
import os
import signal
import threading
import time
from pathlib import Path

import psycopg2

from .process import Child, HarnessError, descendants_of, run, send_signal, start_time, wait_until

SOCKET_FOLDER_MAX = 80  # bytes; sun_path holds 108 and PostgreSQL adds its file name
PORT = 5432
TEMPLATE = "wecom_template"

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "hot_standby": "on",
    "log_line_prefix": "'%m [%p] %q%u '",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "jit": "off",
    # the queue's rows live for seconds: what a minute (the default) of them leaves behind is reclaimed six times as often
    "autovacuum_naptime": "10s",
}


def bin_folder():
    """Where this machine keeps PostgreSQL's own programs: PG_BIN, else Debian's newest."""
    named = os.environ.get("PG_BIN")
    folders = [named] if named else sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[4]))
    if not folders or not os.path.exists(os.path.join(folders[-1], "initdb")):
        raise HarnessError("PostgreSQL's programs were not found: install postgresql, or set PG_BIN")
    return Path(folders[-1])


def ask(connection, sql, parameters=None):
    """Rows as a list of tuples; an empty list for a statement without result."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


class Cluster:
    """One PostgreSQL server in `folder`/data.

        Cluster(folder, account)                    made with initdb unless it is there already
            .start() .stop(mode) .kill() .freeze() .thaw() .promote()
            .conninfo(user, database)               a libpq connection string
            .query(sql, parameters, user=…)         rows, each call its own transaction
            .migrate(script, database)              .migrated_copy(script, database): quick, when many are needed
            .standby(folder, name)                  a Standby by pg_basebackup
            .synchronous("FIRST 1 (one)")           wait for standbys by name; "" for none
        port=…, listen="127.0.0.1" also opens TCP.  settings={…} are lines of postgresql.conf.
    """

    def __init__(self, folder, account, *, socket_folder=None, listen="", port=PORT, settings=None, superuser="postgres"):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.log = self.folder / "postgresql.log"
        self.socket_folder = Path(socket_folder or self.folder / "socket")
        self.account = account
        self.listen = listen
        self.port = port
        self.settings = {**DURABLE, **(settings or {})}
        self.superuser = superuser
        self.bin = bin_folder()
        self.child = None
        if len(os.fsencode(self.socket_folder)) > SOCKET_FOLDER_MAX:
            raise HarnessError(f"{self.socket_folder} is too long for a socket; name a shorter folder")

    def __enter__(self):
        self.create()
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    # making

    def create(self):
        """initdb, once; True when it was made now."""
        self.account.make_folder(self.folder)
        self.account.make_folder(self.socket_folder)
        if (self.data / "PG_VERSION").exists():
            return False
        run([self.bin / "initdb", "-D", self.data, "-U", self.superuser, "--auth-local=trust", "--auth-host=scram-sha-256",
             "--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--locale=C.UTF-8", "--data-checksums",
             "--no-instructions"], self.account)
        self.write_settings()
        return True

    def write_settings(self):
        """Everything of ours in one included file; `alter system` stays free for tests."""
        lines = dict(self.settings)
        lines["listen_addresses"] = f"'{self.listen}'"
        lines["port"] = str(self.port)
        lines["unix_socket_directories"] = f"'{self.socket_folder}'"
        lines["unix_socket_permissions"] = "0700"
        text = "".join(f"{name} = {value}\n" for name, value in lines.items())
        self.account.write(self.data / "harness.conf", text)
        main = self.data / "postgresql.conf"
        if "harness.conf" not in main.read_text():
            with main.open("a") as file:
                file.write("include 'harness.conf'\n")

    # running

    def postmaster(self):
        """The pid of the server that runs on our data folder, whoever started it; None when there is none."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        try:
            ours = os.path.samefile(f"/proc/{pid}/cwd", self.data)
        except OSError:
            return None
        return pid if ours and start_time(pid) is not None else None

    def start(self, seconds=60):
        """Start unless it runs, and wait until it takes connections.  A server that somebody else started is adopted."""
        if self.postmaster() is None:
            if self.child:
                self.child.close(signal.SIGINT)
            self._remove_stale_socket()
            self.child = Child([self.bin / "postgres", "-D", self.data], self.account, log=self.log,
                               death_signal=signal.SIGINT)
        wait_until(self._answers, seconds, f"PostgreSQL in {self.folder}; its log is {self.log}")
        return self

    def _remove_stale_socket(self):
        """After a kill the lock file may name a pid that now is another program's."""
        for name in (f".s.PGSQL.{self.port}", f".s.PGSQL.{self.port}.lock"):
            (self.socket_folder / name).unlink(missing_ok=True)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _answers(self):
        if self.child and not self.child.alive and self.postmaster() is None:
            raise HarnessError(f"PostgreSQL ended at once: {self.last_log_line()}")
        try:
            psycopg2.connect(self.conninfo(database="template1")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def last_log_line(self):
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        told = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines
        return told[-1] if told else "no log"

    def stop(self, mode="fast", seconds=60):
        """mode: smart, fast or immediate.  Nothing when it does not run."""
        number = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        pid = self.postmaster()
        if pid:
            self.thaw()
            send_signal(pid, number)
            wait_until(lambda: self._gone(pid), seconds, "the end of PostgreSQL")
        self._reap()

    def kill(self):
        """kill -9 of every process of the server, at once."""
        pid = self.postmaster()
        if pid:
            for victim in [pid, *descendants_of(pid)]:
                send_signal(victim, signal.SIGKILL)
            wait_until(lambda: self._gone(pid), 30, "the end of PostgreSQL")
        self._reap()

    def _gone(self, pid):
        return start_time(pid) is None

    def _reap(self):
        if self.child:
            self.child.close(signal.SIGINT)
            self.child = None

    def was_stopped_in_order(self):
        """The server is gone: did somebody stop it (true), or did it crash?"""
        text = run([self.bin / "pg_controldata", "-D", self.data], self.account, env={**os.environ, "LC_ALL": "C"})
        return any(line.startswith("Database cluster state:") and "shut down" in line and "shutting" not in line
                   for line in text.splitlines())

    def restart(self, mode="fast"):
        self.stop(mode)
        return self.start()

    def freeze(self):
        """SIGSTOP to every process of the server: connections stay open and nothing answers."""
        pid = self.postmaster()
        if pid is None:
            raise HarnessError("PostgreSQL does not run")
        for victim in [pid, *descendants_of(pid)]:
            send_signal(victim, signal.SIGSTOP)

    def thaw(self):
        pid = self.postmaster()
        if pid:
            for victim in [pid, *descendants_of(pid)]:
                send_signal(victim, signal.SIGCONT)

    def reload(self):
        send_signal(self.postmaster(), signal.SIGHUP)

    def close(self):
        """The end, whatever state it is in.  The data stay."""
        try:
            self.stop("immediate", 20)
        except HarnessError:
            self.kill()

    # using

    def conninfo(self, user=None, database="wecom", more=""):
        return f"host={self.socket_folder} port={self.port} user={user or self.superuser} dbname={database} {more}".strip()

    def connect(self, user=None, database="wecom", autocommit=True):
        connection = psycopg2.connect(self.conninfo(user, database))
        connection.autocommit = autocommit
        return connection

    def query(self, sql, parameters=None, user=None, database="wecom"):
        """ask() over a connection of its own."""
        connection = self.connect(user, database)
        try:
            return ask(connection, sql, parameters)
        finally:
            connection.close()

    def value(self, sql, parameters=None, **options):
        """The single value of a query."""
        return self.query(sql, parameters, **options)[0][0]

    def create_database(self, name="wecom"):
        """True when it was made now."""
        if self.query("select 1 from pg_database where datname = %s", (name,), database="template1"):
            return False
        self.query(f'create database "{name}"', database="template1")
        return True

    def migrate(self, script, database="wecom"):
        """The product's own migrations, as the superuser."""
        return run([script, self.conninfo(database=database)], timeout=600)

    def migrated_copy(self, script, database):
        """A database as migrate() leaves it; the first one is migrated, the others are copies."""
        if self.create_database(TEMPLATE):
            self.migrate(script, TEMPLATE)
        self.query(f'create database "{database}" template "{TEMPLATE}"', database="template1")

    # standbys

    def standby(self, folder, name, **options):
        """A running standby that streams from this server under application_name `name`."""
        made = Standby(folder, self.account, name=name, primary=self, **options)
        made.create()
        return made.start()

    def synchronous(self, names):
        """synchronous_standby_names, for example "FIRST 1 (one)"; waits until it is in force."""
        self.query(f"alter system set synchronous_standby_names = '{names}'", database="template1")
        self.reload()
        wanted = "sync" if names else ""
        wait_until(lambda: not wanted or wanted in [row[0] for row in self.query(
            "select sync_state from pg_stat_replication", database="template1")], 20, "a synchronous standby")

    def promote(self, seconds=30):
        """Make a standby the primary; waits until it takes writes."""
        self.query("select pg_promote(false)", database="template1")
        wait_until(lambda: not self.value("select pg_is_in_recovery()", database="template1"), seconds, "the promotion")


class Session:
    """Questions to one database over a connection that each thread keeps, made anew when the server was away meanwhile."""

    def __init__(self, cluster, database):
        self.cluster, self.database = cluster, database
        self.local = threading.local()

    def query(self, sql, parameters=None):
        """As Cluster.query; a statement is not repeated unless its connection had broken."""
        connection = getattr(self.local, "connection", None)
        if connection is not None:
            try:
                return ask(connection, sql, parameters)
            except psycopg2.Error as error:
                # a server's refusal has a code; that the server went has none, and does not always close the connection
                if error.pgcode is not None and not connection.closed:
                    raise
        self.local.connection = self.cluster.connect(database=self.database)
        return ask(self.local.connection, sql, parameters)


class Standby(Cluster):
    """A streaming copy of `primary`, made by pg_basebackup.  After promote() it is a Cluster like any other."""

    def __init__(self, folder, account, *, name, primary, **options):
        super().__init__(folder, account, **options)
        self.name = name
        self.primary = primary

    def create(self):
        self.account.make_folder(self.folder)
        self.account.make_folder(self.socket_folder)
        if (self.data / "PG_VERSION").exists():
            return False
        source = f"host={self.primary.socket_folder} port={self.primary.port} user={self.primary.superuser}"
        run([self.bin / "pg_basebackup", "-d", source, "-D", self.data, "-X", "stream", "-c", "fast"], self.account)
        self.settings["primary_conninfo"] = f"'{source} application_name={self.name}'"
        self.settings["wal_receiver_timeout"] = "5s"
        (self.data / "postgresql.auto.conf").write_text("")
        (self.data / "standby.signal").touch()
        self.account.own(self.data / "standby.signal")
        self.write_settings()
        return True

    def start(self, seconds=60):
        super().start(seconds)
        if (self.data / "standby.signal").exists():
            deadline = time.monotonic() + seconds
            while not self.query("select 1 from pg_stat_wal_receiver where status = 'streaming'", database="template1"):
                if time.monotonic() > deadline or self.primary.postmaster() is None:
                    break
                time.sleep(0.05)
        return self
