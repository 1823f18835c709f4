"""One running site for the whole session, nginx and Apache before one pool; tests share it and ask for differences."""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Account, Cluster, Site  # noqa: E402  pylint: disable=wrong-import-position
from harness.site import build_folder  # noqa: E402  pylint: disable=wrong-import-position

from support import Watch  # noqa: E402  pylint: disable=wrong-import-position


def pytest_collection_modifyitems(items):
    """A test that hangs is a failure with a name."""
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(60))


@pytest.fixture(scope="session")
def build():
    folder = build_folder()
    missing = [name for name in ("wecom-callback", "wecom-sim") if not (folder / name).exists()]
    if missing:
        pytest.exit(f"{folder} lacks {', '.join(missing)}: run `make all sim`", 1)
    return folder


@pytest.fixture(scope="session")
def cluster():
    place = Path(tempfile.mkdtemp(prefix="wecom-e2e-"))  # short enough for sockets, which pytest's own folders are not
    place.chmod(0o755)
    with Cluster(place / "pg", Account()) as made:
        yield made
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def site(cluster, build):
    with Site(build=build, cluster=cluster, web=("nginx", "apache"), WECOM_WORKERS="2") as made:
        yield made


@pytest.fixture(params=["nginx", "apache"])
def port(request, site):
    """Of each web server in turn."""
    return site.web[request.param].port


@pytest.fixture
def watch(site):
    """What the test changed: rows, log lines, workers."""
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
