"""What `make run` runs: private cluster, schema, pools, nginx, simulator, reconciler, and their supervision.

Restarts what died, with back-off; leaves a database alone that somebody stopped on purpose, for a while.
"""

import hashlib
import os
import shlex
import shutil
import socket
import tempfile
import time
from pathlib import Path

import psycopg2
import psycopg2.extensions

from .account import Account
from .cluster import SOCKET_FOLDER_MAX, Cluster
from .lines import HEADING, Steps, Tail, readable
from .pool import Pool, WebPool
from .process import HarnessError, free_port, start_time
from .settings import Settings, read_settings
from .simserve import SimServe
from .site import MIGRATE
from .sync import Sync
from .web import Nginx

CRASHED_SECONDS = 3  # until a database that crashed is started again
STOPPED_SECONDS = 90  # until one that somebody stopped in order is
LIFE = {"rate": "4", "corps": "5", "visitors": "1", "past": "120", "relations": "160", "chats": "10", "roster": "16", "plain": True,
        "repeat": "0.05", "reorder": "0.05", "lose": "0.02", "stale_ms": "2000",
        "quiet": True}


class BackOff:
    """When to start something again: at once, then after twice as long each time, from the start after a good life."""

    def __init__(self, first=0.5, most=30.0, good_life=10.0):
        self.first, self.most, self.good_life = first, most, good_life
        self.delay, self.started, self.due = first, time.monotonic(), None

    def began(self):
        self.started, self.due = time.monotonic(), None

    def is_due(self):
        """Asked again and again while the thing is down."""
        now = time.monotonic()
        if self.due is None:
            self.delay = self.first if now - self.started > self.good_life else min(self.delay * 2, self.most)
            self.due = now + self.delay
        return now >= self.due


def data_place(folder):
    """Where the started programs keep their files: the run folder, or when their user cannot enter it (a clone in
    root's home) a folder of its own in /var/lib, to which the run folder holds a link."""
    account = Account()
    link = folder / "data"
    if account.is_other and (folder / "pg").exists():
        account = Account((folder / "pg").owner())
    if account.can_enter(folder):
        return folder, account
    if not link.exists():
        link.unlink(missing_ok=True)
        base = Path("/var/lib/wecom-mirror-run")
        base.mkdir(mode=0o755, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=base, prefix="run-"))
        made.chmod(0o755)
        link.symlink_to(made)
    return link.resolve(), account


class Demo:
    """start() once, step() again and again, close() at the end whatever happened.  say: one line to the operator."""

    def __init__(self, folder, options, say):
        self.folder, self.say = folder, say
        self.build = Path(options.build).resolve()
        self.port = self._number(options.port)
        self.operator_conf = Path(options.conf).resolve() if options.conf else None
        self.wants_sim = options.sim
        self.place, self.account = data_place(folder)
        self.own_settings = None
        self.environment = dict(os.environ)
        self.cluster = self.pool = self.web = self.nginx = self.serve = self.sync = None
        self.tail = self.sync_tail = None
        self.steps = Steps()
        self.postmaster = None  # pid and start time
        self.database_down_at = None
        self.pool_back_off, self.web_back_off, self.nginx_back_off = BackOff(), BackOff(), BackOff()
        self.serve_back_off, self.sync_back_off = BackOff(2.0), BackOff()

    @staticmethod
    def _number(text):
        if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
            raise HarnessError(f"PORT={text} is not a port: 1 to 65535")
        return int(text)

    # start

    def start(self, is_stopping):
        (self.folder / "env").unlink(missing_ok=True)
        steps = [self._check_machine, self._check_port, self._prepare_settings, self._prepare_api, self._start_database,
                 self._check_settings, self._start_pool, self._start_web, self._start_nginx, self._start_serve,
                 self._start_sync, self._ready]
        for step in steps:
            if is_stopping():
                return
            step()

    def _check_machine(self):
        for program, package in (("spawn-fcgi", "spawn-fcgi"), ("nginx", "nginx-light")):
            if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"):
                raise HarnessError(f"{program} is not installed (Debian: apt-get install {package})")
        for program in ("wecom-callback", "wecom-sync", "wecom-web", "wecom-sim"):
            if not os.access(self.build / program, os.X_OK):
                raise HarnessError(f"{self.build}/{program} is missing: run `make all sim` first")

    def _check_port(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
                probe.listen(1)
            except PermissionError as error:
                raise HarnessError(f"no right to listen on port {self.port}; choose one above 1023 with PORT=") from error
            except OSError as error:
                raise HarnessError(f"port {self.port} is in use; choose another with PORT=") from error
        if self.account.is_other and self.port < self._first_free_port():
            raise HarnessError(f"the web server runs as {self.account.name}, who may not listen on port {self.port}; "
                               "choose one above 1023 with PORT=")

    @staticmethod
    def _first_free_port():
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))

    def _prepare_settings(self):
        self.account.make_folder(self.place / "log")
        if self.operator_conf:
            self._prepare_operator_settings()
            return
        settings = Settings.reopen(self.place / "conf", self.account)
        if "WECOM_LOGIN_SUITE_ID" not in settings.values:
            settings.add_login()
        self._new_cluster()
        settings.set(WECOM_DATABASE=self.cluster.conninfo("wecom_callback"),
                     WECOM_SYNC_DATABASE=self.cluster.conninfo("wecom_sync"),
                     WECOM_WEB_DATABASE=self.cluster.conninfo("wecom_web"), WECOM_OPEN_DATA="off", **self._place_of_pages())
        self.settings_path = settings.write().path
        self.settings = settings.values
        self.own_settings = settings

    def _prepare_operator_settings(self):
        """CONF: its ids, token and keys; its database if it names one; its folders if it names them."""
        try:
            found = read_settings(self.operator_conf)
        except OSError as error:
            raise HarnessError(f"CONF={self.operator_conf}: {error.strerror}") from error
        found.update({name: value for name, value in os.environ.items() if name.startswith("WECOM_") and name in found})
        lent = self.account.make_folder(self.place / "lent")
        self.settings_path = self.account.lend(self.operator_conf, lent)
        added = {}
        for name, value in found.items():
            if name.endswith("_FILE") and Path(value).is_file():
                copy = self.account.lend(value, lent)
                if copy != Path(value):
                    added[name] = str(copy)
        if "WECOM_DATABASE" not in found:
            self._new_cluster()
            added["WECOM_DATABASE"] = self.cluster.conninfo("wecom_callback")
            added["WECOM_SYNC_DATABASE"] = self.cluster.conninfo("wecom_sync")
            added["WECOM_WEB_DATABASE"] = self.cluster.conninfo("wecom_web")
        if "WECOM_STATE_DIR" not in found:
            added["WECOM_STATE_DIR"] = str(self.account.make_folder(self.place / "state"))
            self.account.make_folder(self.place / "state" / "spool")
        added.update(self._place_of_pages())
        self.environment.update(added)
        self.settings = {**found, **added}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _place_of_pages(self):
        """Of the pages of this tree, at this address, whatever an operator's settings say of another place."""
        self.nginx = Nginx(self.place / "nginx", self.account, self.place / "pool" / "callback.sock", self.port,
                           web_socket=self.place / "web" / "web.sock")
        return {"WECOM_PUBLIC_URL": self.url, "WECOM_PAGE_DIR": str(self.nginx.pages)}

    def _new_cluster(self):
        sockets = self.place / "socket"
        if len(os.fsencode(sockets)) > SOCKET_FOLDER_MAX:
            mark = hashlib.sha256(os.fsencode(self.place)).hexdigest()[:12]
            sockets = Path(tempfile.gettempdir()) / f"wecom-run-{mark}"
        self.sockets = sockets
        self.cluster = Cluster(self.place / "pg", self.account, socket_folder=sockets)

    def _prepare_api(self):
        """The simulator's API; without it the operator's, and never WeCom's own with made-up ids."""
        if self._has_sim():
            folder = self.account.make_folder(self.place / "sim")
            self.serve = SimServe(self.build / "wecom-sim", self.settings_path, self.account, folder,
                                  environment=self.environment, state=folder / "truth.json",
                                  log=self.place / "log" / "sim.log", seed=str(time.time_ns() % 1_000_000_007), **LIFE)
            self.environment.update({**self.serve.settings, **self.serve.web_settings})
        if self.own_settings:
            nowhere = f"http://127.0.0.1:{free_port()}"
            nobody = {"WECOM_API_CA_FILE": "", **dict.fromkeys(
                ("WECOM_API_BASE", "WECOM_OAUTH_BASE", "WECOM_LOGIN_BASE", "WECOM_INSTALL_BASE"), nowhere)}
            self.own_settings.set(**({**self.serve.settings, **self.serve.web_settings} if self.serve else nobody)).write()

    def _start_database(self):
        if self.cluster is None:
            return
        if self.cluster.create():
            self.say(f"made a private PostgreSQL cluster in {self.cluster.data}")
        self.cluster.write_settings()
        self.cluster.start()
        self._note_postmaster()
        self.cluster.create_database()
        self.cluster.migrate(MIGRATE)

    def _check_settings(self):
        program = self.account.lend(self.build / "wecom-callback", self.account.make_folder(self.place / "pool"))
        self.pool = Pool(self.place / "pool", self.account, program, self.settings_path, environment=self.environment,
                         log=self.place / "log" / "callback.log")
        self.sync = Sync(self.place / "sync", self.account, self.build / "wecom-sync", self.settings_path,
                         environment=self.environment, log=self.place / "log" / "sync.log")
        self.web = WebPool(self.place / "web", self.account, self.build / "wecom-web", self.settings_path,
                           environment=self.environment, log=self.place / "log" / "web.log")
        found = [self.pool.check(), self.sync.check(), self.web.check()]
        if any(code != 0 for code, _ in found):
            told = dict.fromkeys(line for code, text in found if code != 0 for line in text.splitlines())
            raise HarnessError("the settings are not usable:\n" + "\n".join(told))

    def _start_pool(self):
        self.tail = Tail(self.pool.log)
        self.pool.start()

    def _start_web(self):
        self.web.start()

    def _start_nginx(self):
        self.nginx.start()

    def _has_sim(self):
        """Made-up events go into somebody's own database only when asked for."""
        return self.wants_sim != "0" if self.cluster else self.wants_sim == "1"

    def _start_serve(self):
        if self.serve is not None:
            self.serve.start(self.url)
            self.serve_back_off.began()

    def _start_sync(self):
        self.sync_tail = Tail(self.sync.log)
        self.sync.start()
        self.sync_back_off.began()

    # ready

    def _connection(self):
        """Of the reader: what the environment file says."""
        if self.cluster:
            return {"PGHOST": self.cluster.socket_folder, "PGPORT": self.cluster.port, "PGDATABASE": "wecom",
                    "PGUSER": "wecom_report"}
        named = psycopg2.extensions.parse_dsn(self.settings["WECOM_DATABASE"])
        return {"PGHOST": named.get("host", ""), "PGPORT": named.get("port", "5432"),
                "PGDATABASE": named.get("dbname", named.get("user", "")), "PGUSER": "wecom_report"}

    def _ready(self):
        values = {"WECOM_BASE_URL": self.url, **self._connection()}
        text = "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in values.items())
        partial = self.folder / "env.new"
        partial.write_text(text, encoding="utf-8")
        partial.rename(self.folder / "env")
        shown = os.path.relpath(self.folder / "env")
        shown = shown if not shown.startswith("..") else str(self.folder / "env")
        self.say(f"ready: {self.url}  (callbacks: /api/v1/wecom/command, /api/v1/wecom/callback)")
        self._say_what_to_open()
        self.say(f"query:  . {shown} && psql -c 'select * from mirror.event order by event_id desc limit 10'")
        self.say(f"logs:   {self.place / 'log'}   settings: {self.settings_path}")
        if not self._has_sim():
            self.say("no simulator: send callbacks yourself" + ("" if self.wants_sim == "0" else
                     " (CONF names a database of its own; SIM=1 pushes made-up events into it)"))
        self.say("Ctrl-C, or `make stop` in another shell, ends it.\n")
        self.say(HEADING)

    def _say_what_to_open(self):
        self.say(f"open:   {self.url}/wecom/workspace  the workspace")
        if self.serve is None:
            return
        self.say("        log in by one click on the simulated WeCom's list; an 应用管理员 (admin) sees the settings, too")
        self.say(f"        {self.url}/wecom/install  one corp has not installed the app yet: do it for them")
        self.say(f"        {self.serve.pages_base}/admin  the simulated admin console, which leads to the settings")

    # supervision

    def step(self):
        self._tell()
        if self.cluster:
            self._watch_database()
        self._watch_pool("receiver", self.pool, self.pool_back_off)
        self._watch_pool("pages", self.web, self.web_back_off)
        self._watch_nginx()
        self._watch_serve()
        self._watch_sync()

    def _tell(self):
        for line in self.tail.lines():
            shown = readable(line)
            if shown:
                self.say(shown)
        for line in self.sync_tail.lines():
            for shown in self.steps.feed(line):
                self.say(shown)
        for shown in self.steps.flush():
            self.say(shown)

    def _note_postmaster(self):
        pid = self.cluster.postmaster()
        self.postmaster = (pid, start_time(pid)) if pid else None

    def _watch_database(self):
        if self.postmaster and start_time(self.postmaster[0]) == self.postmaster[1]:
            return
        before = self.postmaster
        self._note_postmaster()
        if self.postmaster:
            if self.database_down_at or before:
                self.say("database: it is back")
            self.database_down_at = None
            return
        now = time.monotonic()
        if self.database_down_at is None:
            in_order = self.cluster.was_stopped_in_order()
            self.database_wait = STOPPED_SECONDS if in_order else CRASHED_SECONDS
            self.database_down_at = now
            self.say(f"database: it was stopped; started again in {self.database_wait} s unless somebody does" if in_order
                     else f"database: it ended; started again in {self.database_wait} s")
        if now - self.database_down_at < self.database_wait:
            return
        try:
            self.cluster.start()
            self._note_postmaster()
            self.say("database: started again")
            self.database_down_at = None
        except HarnessError as error:
            self.say(f"database: {error}")
            self.database_down_at, self.database_wait = time.monotonic(), 30

    def _watch_pool(self, name, pool, back_off):
        if pool.alive or not back_off.is_due():
            return
        if pool.child:
            self.say(f"{name}: its parent ended (exit code {pool.child.reap()}); started again")
        try:
            pool.start()
        except HarnessError as error:
            self.say(f"{name}: {error}")
        back_off.began()

    def _watch_nginx(self):
        if self.nginx.alive or not self.nginx_back_off.is_due():
            return
        self.say("nginx: it ended; started again")
        self.nginx.close()
        try:
            self.nginx.start()
        except HarnessError as error:
            self.say(f"nginx: {error}")
        self.nginx_back_off.began()

    def _watch_serve(self):
        if self.serve is None or self.serve.alive or not self.serve_back_off.is_due():
            return
        self.say(f"simulator: it ended (exit code {self.serve.child.reap()}); started again; its log is {self.serve.log}")
        self.serve.launch(self.url)
        self.serve_back_off.began()

    def _watch_sync(self):
        if self.sync.alive or not self.sync_back_off.is_due():
            return
        self.say(f"reconciler: it ended (exit code {self.sync.child.reap()}); started again")
        self.sync.launch()
        self.sync_back_off.began()

    def close(self):
        """In the order in which nobody misses anybody."""
        (self.folder / "env").unlink(missing_ok=True)
        for part in (self.sync, self.serve, self.nginx, self.web, self.pool):
            if part is not None:
                part.close()
        if self.cluster is not None:
            try:
                self.cluster.stop("fast")
            except HarnessError:
                self.cluster.kill()
            if self.sockets.parent == Path(tempfile.gettempdir()):
                shutil.rmtree(self.sockets, ignore_errors=True)
