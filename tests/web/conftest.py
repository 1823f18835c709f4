"""One running site for all tests of the pages: both web servers, real PostgreSQL, receiver, reconciler, wecom-web, and a
simulated WeCom that does only what a test orders.

Corps by place: 0 open to the app in every way, 1 limited and licensed, 2 authorised by its members, 3 has not installed.
"""

import shutil
import tempfile
from pathlib import Path

import pytest

from harness import Account, Cluster, Site, prepared, wait_until
from harness.site import MIGRATE

from web_kit import Visitor, people

QUIET = {"WECOM_RECONCILE_HOURS": "0", "WECOM_ENRICH_PER_HOUR": "100000", "WECOM_ENRICH_DELAY": "1",
         "WECOM_CHAT_GRACE_MS": "500", "WECOM_WORKERS": "1",
         "WECOM_OPEN_DATA": "off"}
SERVE = {"corps": "4", "visitors": "1", "rate": "0", "seed": "7", "no_messages": True, "no_cancels": True,
         "members": "8", "relations": "60", "chats": "6", "roster": "10"}
HISTORY = {"add": 12, "add_half": 3, "accept": 2, "edit": 10, "delete": 4, "delete_by_customer": 4, "transfer": 2, "join": 30,
           "join_many": 2,
           "leave": 8, "dismiss_chat": 1, "change_owner": 1, "change_name": 2, "shuffle": 1}


@pytest.fixture(scope="session")
def cluster():
    place = Path(tempfile.mkdtemp(prefix="wecom-web-"))  # short enough for sockets, which pytest's own folders are not
    place.chmod(0o755)
    made = Cluster(place / "pg", Account())
    prepared.create(made, MIGRATE)
    with made:
        yield made
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def new_site(cluster, build):
    """Makes a site of its own in the shared cluster: its corps are read in full, nothing has happened yet."""
    made = []

    def make(serve=None, **options):
        options = {"web": ("nginx",), "cluster": cluster, "sync": 1, **QUIET, **options}
        started = Site(build=build, pages=True, serve={**SERVE, **(serve or {})}, **options)
        made.append(started)
        started.start()
        installed = int(started.serve.options["corps"]) - int(started.serve.options["visitors"])
        wait_until(lambda: len(active(started)) >= installed, 60, "the installations", 0.2)
        started.drained(60)
        return started

    yield make
    for started in made:
        started.close()


def active(site):
    return [row[0] for row in site.rows("select auth_corp_id from mirror.corp where state = 'active'")]


@pytest.fixture(scope="session")
def site(new_site):
    started = new_site(web=("nginx", "apache"))
    corps = [corp["id"] for corp in started.serve.dump()["corps"][:2]]
    for corp in corps:
        started.serve.deed("create_chat", corp=corp, count=2)
    started.drained(60)  # who joins a chat before it was ever read counts as having been there
    for corp in corps:
        for kind, count in HISTORY.items():
            started.serve.deed(kind, corp=corp, count=count)
    started.drained(60)
    return started


@pytest.fixture(params=["nginx", "apache"])
def url(site, request):
    return site.web[request.param].url


@pytest.fixture
def address(site):
    """Where one web server is as good as the other."""
    return site.web["nginx"].url


@pytest.fixture(scope="session")
def who(site):
    """Ids by role: .admin, .member of the first corp; .other, an admin of the second; .outsider's corp has no app."""
    return people(site)


@pytest.fixture
def admin(site, url, who):
    return Visitor(site, url).log_in(who.admin)


@pytest.fixture
def member(site, url, who):
    return Visitor(site, url).log_in(who.member)


@pytest.fixture
def other(site, url, who):
    return Visitor(site, url).log_in(who.other)


@pytest.fixture
def guest(site, url):
    return Visitor(site, url)
