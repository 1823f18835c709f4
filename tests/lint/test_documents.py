"""documents.sh as tests, one a check, so that `make documents` counts them."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("documents.sh")
CHECKS = subprocess.run([SCRIPT, "-l"], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("check", CHECKS)
def test_documents(check):
    ran = subprocess.run([SCRIPT, check], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
