"""Starts the real things for tests, benchmarks and `make run`: PostgreSQL, the pool, the reconciler, nginx, Apache, the
simulator.

Every class takes the folder that it may write to, is a context manager, and leaves neither process nor socket behind.
Nothing here decides whether the product is right: that is for the tests that use it.

    with Site(folder, build, web="nginx") as site:
        site.sim.send("command", "<xml>...</xml>")
        assert site.rows("select info_type from mirror.event") == [("suite_ticket",)]
"""

from .account import Account
from .certificate import make_certificate
from .cluster import Cluster, Standby
from .client import Answer, raw_request, request, unix_request
from .drain import drained
from .lag import Lag
from .process import Child, HarnessError, free_port, wait_until
from .settings import Settings
from .pool import Pool, WebPool
from .web import Apache, Nginx
from .sim import Sim
from .simserve import Comparison, Control, SimServe
from .sync import Sync
from .site import Site

__all__ = [
    "Account", "Answer", "Apache", "Child", "Cluster", "Comparison", "Control", "HarnessError", "Lag", "Nginx",
    "Pool", "Settings", "Sim", "SimServe", "Site", "Standby", "Sync", "WebPool", "drained", "free_port", "make_certificate",
    "raw_request", "request", "unix_request", "wait_until",
]
