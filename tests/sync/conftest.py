"""Where the harness is, and which programs are tested."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.site import build_folder  # noqa: E402  pylint: disable=wrong-import-position


def pytest_collection_modifyitems(items):
    """A test that hangs is a failure with a name."""
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def build():
    folder = build_folder()
    missing = [name for name in ("wecom-callback", "wecom-sync", "wecom-sim") if not (folder / name).exists()]
    if missing:
        pytest.exit(f"{folder} lacks {', '.join(missing)}: run `make all sim`", 1)
    return folder
