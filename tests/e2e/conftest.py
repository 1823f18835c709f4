"""One running site for the whole session, nginx and Apache before one pool; tests share it and ask for differences."""

import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from harness import Account, Cluster, Site, prepared
from harness.site import MIGRATE

from run_kit import Run
from support import STORED, Watch


@pytest.fixture(scope="session")
def cluster():
    place = Path(tempfile.mkdtemp(prefix="wecom-e2e-"))  # short enough for sockets, which pytest's own folders are not
    place.chmod(0o755)
    made = Cluster(place / "pg", Account())
    prepared.create(made, MIGRATE)
    with made:
        yield made
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def site(cluster, build):
    with Site(build=build, cluster=cluster, web=("nginx", "apache"), WECOM_WORKERS="2", **STORED) as made:
        yield made


@pytest.fixture(params=["nginx", "apache"])
def port(request, site):
    """Of each web server in turn."""
    site.wait_connected()  # another file's test may have stopped the cluster
    return site.web[request.param].port


@pytest.fixture
def watch(site):
    """What the test changed: rows, log lines, workers."""
    site.wait_connected()
    return Watch(site)


@pytest.fixture
def new_site(cluster, build):
    """Makes a site of its own in the shared cluster: new_site(WECOM_WORKERS="1", web=("nginx",))."""
    made = []

    def make(**options):
        options.setdefault("cluster", cluster)
        started = Site(build=build, **options)
        made.append(started)
        started.__enter__()
        return started

    yield make
    for started in made:
        started.close()


@pytest.fixture
def place():
    """A folder that every account can enter: for runs of `make run`, and for a simulator by itself."""
    folder = Path(tempfile.mkdtemp(prefix="wecom-run-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_run(build, place):
    """Makes such a run, not started: new_run(SIM="0"); it is ended with the test."""
    made = []

    def make(name="run", **options):
        made.append(Run(build, place / name, **options))
        return made[-1]

    yield make
    for run in made:
        if run.process:
            run.end(signal.SIGTERM)
