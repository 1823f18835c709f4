"""One running site for the whole session, broken by one test after the other and whole again between them."""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Account, Site  # noqa: E402  pylint: disable=wrong-import-position
from harness.site import MIGRATE, build_folder  # noqa: E402  pylint: disable=wrong-import-position

from site_kit import Front, Prepared, heal  # noqa: E402  pylint: disable=wrong-import-position


def pytest_collection_modifyitems(items):
    """A test that hangs is a failure with a name."""
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(90))


@pytest.fixture(scope="session")
def build():
    folder = build_folder()
    missing = [name for name in ("wecom-callback", "wecom-sim") if not (folder / name).exists()]
    if missing:
        pytest.exit(f"{folder} lacks {', '.join(missing)}: run `make all sim`", 1)
    return folder


@pytest.fixture(scope="session")
def shared_site(build):
    with Site(build=build, web=("nginx", "apache"), WECOM_WORKERS="2", WECOM_LOG_REQUESTS="off") as made:
        yield made


@pytest.fixture
def site(shared_site):
    """Whole at the start, and repaired at the end."""
    heal(shared_site)
    yield shared_site
    heal(shared_site)


@pytest.fixture
def new_front(site):
    """Makes another pool with nginx on the site's database: new_front(WECOM_SPOOL_MAX_BYTES="0")."""
    made = []

    def make(**options):
        front = Front(site, **options)
        made.append(front)
        return front.__enter__()

    yield make
    for front in made:
        front.close()


@pytest.fixture(scope="session")
def prepared():
    place = Path(tempfile.mkdtemp(prefix="wecom-fault-"))  # short: a socket's path has little room
    place.chmod(0o755)
    yield Prepared(place, Account(), MIGRATE)
    shutil.rmtree(place, ignore_errors=True)
