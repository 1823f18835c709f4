"""One running site for the whole session, broken by one test after the other and whole again between them."""

import shutil
import tempfile
from pathlib import Path

import pytest

from harness import Account, Site
from harness.site import MIGRATE

from site_kit import Front, Prepared, heal


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
