"""The simulator's own checks: of its cryptography against known vectors, its truth, its state file, and its comparison,
each kind of difference of which must be found."""

import subprocess

from harness.site import build_folder


def test_selftest():
    done = subprocess.run([str(build_folder() / "wecom-sim"), "selftest"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert len(lines) >= 20 and all(line.startswith("ok ") for line in lines), done.stdout
