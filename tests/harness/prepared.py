"""Clusters for tests without the seconds of initdb and migrations: one is made, kept beside the builds, and copied.

Known by the content of sql/ and by PostgreSQL's version; one of another schema is not used again.
"""

import fcntl
import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .cluster import TEMPLATE, Cluster
from .process import run

KEEP = Path(__file__).resolve().parents[2] / "out" / "prepared"


def create(cluster, script):
    """As cluster.create(), and the database that Cluster.migrated_copy copies is there."""
    if (cluster.data / "PG_VERSION").exists():
        return
    kept = KEEP / _mark(cluster, script)
    with _locked(fcntl.LOCK_EX):
        if not kept.exists():
            for other in KEEP.glob("*-*"):
                shutil.rmtree(other)
            _make(cluster, script, kept)
    cluster.account.make_folder(cluster.folder)
    cluster.account.make_folder(cluster.socket_folder)
    with _locked(fcntl.LOCK_SH):
        shutil.copytree(kept, cluster.data, symlinks=True)
    for path in [cluster.data, *cluster.data.rglob("*")]:
        cluster.account.own(path)
    cluster.data.chmod(0o700)
    cluster.write_settings()


@contextmanager
def _locked(how):
    KEEP.mkdir(parents=True, exist_ok=True)
    with (KEEP / "lock").open("w") as file:
        fcntl.flock(file, how)
        yield


def _mark(cluster, script):
    digest = hashlib.sha256(run([cluster.bin / "postgres", "--version"]).encode())
    for path in sorted(script.parent.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(script.parent)}\n".encode() + path.read_bytes())
    return f"{cluster.account.name}-{digest.hexdigest()[:16]}"


def _make(cluster, script, kept):
    """In a folder that the account can enter, then whole under its name."""
    place = Path(tempfile.mkdtemp(prefix="wecom-prepared-"))
    place.chmod(0o755)
    try:
        with Cluster(place / "pg", cluster.account) as made:
            made.create_database(TEMPLATE)
            made.migrate(script, TEMPLATE)
            made.stop()
            shutil.copytree(made.data, kept.with_suffix(".new"), symlinks=True)
        kept.with_suffix(".new").rename(kept)
    finally:
        shutil.rmtree(place, ignore_errors=True)
