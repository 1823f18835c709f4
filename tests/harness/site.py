"""The whole product in one folder: cluster, schema, settings, pool, web servers, simulator, daemons, started in that order.

For tests that want "everything running"; whoever needs another arrangement puts the classes together himself.
"""

import os
import shutil
import tempfile
from pathlib import Path

from . import prepared
from .account import Account
from .cluster import Cluster, Session
from .drain import drained
from .pool import Pool, WebPool
from .process import wait_until
from .settings import Settings
from .sim import Sim
from .simserve import SimServe
from .sync import Sync
from .web import Apache, Nginx

ROOT = Path(__file__).resolve().parents[2]
MIGRATE = ROOT / "sql" / "migrate.sh"
WEB = {"nginx": Nginx, "apache": Apache}


def build_folder():
    """Where the programs are: WECOM_BUILD, else out/release."""
    return Path(os.environ.get("WECOM_BUILD", ROOT / "out" / "release")).resolve()


class Site:
    """Site(folder, web=("nginx", "apache"), WECOM_WORKERS="2", …): settings by name; `cluster` shares a running one.

        .cluster .settings .pool .sim .web["nginx"].port .port (of the first web server) .rows(sql, parameters)
    serve={"corps": 1, …}: the simulator holds the truth and serves the API, too (.serve); the options by name.
    sync=N: so many daemons of the reconciler (.daemons), started last.
    pages=True: wecom-web, too: a pool for each web server, whose address it takes for its own (.pages["nginx"]); with
        serve the simulator's pages of login and install lead back to all of them.
    login=True: settings of a login suite even without pages; login_keys=True: with a Token and key of its own.
        .drained() .compare() .resync(corp, kind, target) .unpark(…)
        .wait_connected()
    folder None: a temporary one with a short name, removed at the end.  A shared cluster is not closed, and gets its
    own database per site.
    """

    count = 0

    def __init__(self, folder=None, *, build=None, web=("nginx",), cluster=None, system=True, wrapper=(), sync=0,
                 serve=None, pages=False, login=False, login_keys=False, **values):
        Site.count += 1
        self.account = Account()
        self.is_temporary = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="wecom-"))
        self.folder.chmod(0o755)
        self.build = Path(build or build_folder())
        self.database = "wecom" if cluster is None else f"wecom_{os.getpid()}_{Site.count}"
        self.owns_cluster = cluster is None
        self.cluster = cluster or Cluster(self.folder / "pg", self.account)
        self.session = Session(self.cluster, self.database)
        self.settings = Settings(self.folder / "conf", self.account, system=system, login=login or pages,
                                 login_keys=login_keys)
        self.settings.set(WECOM_DATABASE=self.cluster.conninfo("wecom_callback", self.database),
                          WECOM_SYNC_DATABASE=self.cluster.conninfo("wecom_sync", self.database))
        self.serve = self._make_serve(serve) if serve is not None else None
        self.settings.set(**values)
        self.daemons = []
        self.sync_n = sync
        self.wrapper = wrapper
        self.web_names = web
        self.web = {name: self._make_web(name, pages) for name in web}
        self.pages = {}
        self.has_pages = pages
        self.pool = self.sim = None

    def _make_web(self, name, pages):
        folder = self.folder / f"web-{name}"
        return WEB[name](self.folder / name, self.account, self.folder / "pool" / "callback.sock",
                         web_socket=folder / "web.sock" if pages else None)

    def _set_pages(self):
        """The pages' settings; the first web server's address goes into the file, the others' into environments."""
        self.settings.set(WECOM_WEB_DATABASE=self.cluster.conninfo("wecom_web", self.database), WECOM_PUBLIC_URL=self.url,
                          WECOM_PAGE_DIR=self.web[self.web_names[0]].pages)
        if self.serve is not None:
            self.settings.set(**self.serve.web_settings)
            self.serve.options.setdefault("trusted", ",".join(f"127.0.0.1:{web.port}" for web in self.web.values()))

    def _start_pages(self, name):
        self.pages[name] = WebPool(self.folder / f"web-{name}", self.account, self.build / "wecom-web", self.settings.path,
                                   wrapper=self.wrapper,
                                   environment={**os.environ, "WECOM_PUBLIC_URL": self.web[name].url})
        self.pages[name].start()

    def _make_serve(self, options):
        made = SimServe(self.build / "wecom-sim", self.settings.path, self.account, self.folder / "serve", **options)
        self.settings.set(**made.settings)
        return made

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self):
        if self.owns_cluster:
            prepared.create(self.cluster, MIGRATE)
            self.cluster.start()
        self.cluster.migrated_copy(MIGRATE, self.database)
        if self.has_pages:
            self._set_pages()
        self.settings.write()
        self.sim = Sim(self.build / "wecom-sim", self.settings.path, self.account, self.folder).start()
        self.pool = Pool(self.folder / "pool", self.account, self.build / "wecom-callback", self.settings.path,
                         wrapper=self.wrapper)
        self.pool.start()
        self.wait_connected()
        for name, web in self.web.items():
            if self.has_pages:
                self._start_pages(name)
            web.start()
        if self.serve is not None:
            self.serve.start(self.url)
        for _ in range(self.sync_n):
            self.add_daemon()
        return self

    def new_daemon(self, **options):
        """One more, not started."""
        made = Sync(self.folder / "sync", self.account, self.build / "wecom-sync", self.settings.path,
                    name=f"sync{len(self.daemons) + 1}", **options)
        self.daemons.append(made)
        return made

    def add_daemon(self, **options):
        return self.new_daemon(**options).start()

    @property
    def port(self):
        return self.web[self.web_names[0]].port

    @property
    def url(self):
        return self.web[self.web_names[0]].url

    def rows(self, sql, parameters=None, user=None):
        if user is None:
            return self.session.query(sql, parameters)
        return self.cluster.query(sql, parameters, user, self.database)

    def wait_connected(self, seconds=20):
        """All of the pool there, each worker with a session: what is acknowledged now is stored, and not spooled.

        The pool says that it is ready before its workers have reached the database.
        """
        workers = int(self.settings.values.get("WECOM_WORKERS", 2))
        has_spool = self.settings.values.get("WECOM_SPOOL_MAX_BYTES") != "0"
        wait_until(lambda: len(self.pool.children) == workers + has_spool, seconds, "all processes of the pool")
        # a session is of use when it has asked for the version, and with it prepared its statement
        wait_until(lambda: self.rows("select count(*) from pg_stat_activity where datname = current_database() "
                                     "and application_name = 'wecom-callback' and query like '%wecom.ingest%'")[0][0] >= workers,
                   seconds, "the workers' sessions at the database")

    # the mirror and the truth

    def drained(self, seconds=60, **options):
        return drained(self, seconds, **options)

    def conninfo(self, user="wecom_report"):
        return self.cluster.conninfo(user, self.database)

    def compare(self):
        return self.serve.compare(self.conninfo())

    def resync(self, corp=None, kind=None, target=None):
        """Read again: one corp, or every one that is there; the number of jobs."""
        corps = [corp] if corp else [row[0] for row in self.rows("select auth_corp_id from mirror.corp where state = 'active'")]
        return sum(self.rows("select wecom.resync(%s, %s, %s)", (each, kind, target))[0][0] for each in corps)

    def unpark(self, corp, kind, target=None):
        return self.rows("select wecom.unpark(%s, %s, %s)", (corp, kind, target))[0][0]

    def close(self):
        for part in [*self.web.values(), *self.pages.values(), *self.daemons, self.serve, self.sim, self.pool]:
            if part is not None:
                part.close()
        if self.owns_cluster:
            self.cluster.close()
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)
