"""For every suite: where the harness is, which programs are tested, and how long a test may take."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness.site import build_folder  # noqa: E402  pylint: disable=wrong-import-position

# seconds for one test of a folder; more in a test's own marker.  Longer than all that it waits for with wait_until's
# patience, so that a slow machine gets its time and the sentence of what did not happen is told
LIMITS = {"sync": 1200}
LIMIT = 900


def pytest_collection_modifyitems(items):
    """A test that hangs is a failure with a name."""
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LIMITS.get(item.path.parent.name, LIMIT)))


@pytest.fixture(scope="session")
def build():
    folder = build_folder()
    missing = [name for name in ("wecom-callback", "wecom-sync", "wecom-web", "wecom-sim") if not (folder / name).exists()]
    if missing:
        pytest.exit(f"{folder} lacks {', '.join(missing)}: run `make all sim`", 1)
    return folder
