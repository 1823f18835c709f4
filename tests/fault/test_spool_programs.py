"""The C programs beside this file, each a test: their last line tells, their exit code decides."""

import os
import subprocess

import pytest

from harness.site import build_folder

EXIT_SKIPPED = 77


@pytest.mark.parametrize("program", ["spool_crash", "spool_disk", "spool_full"])
def test_program_finds_no_failure(program, tmp_path):
    done = subprocess.run([build_folder() / "fault" / program], env={**os.environ, "TMPDIR": str(tmp_path)},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=580, check=False)
    print(done.stdout[-4000:])
    assert list(tmp_path.iterdir()) == []
    if done.returncode == EXIT_SKIPPED:
        pytest.skip(done.stdout.splitlines()[-1].removeprefix("skipped: "))
    assert done.returncode == 0
    assert done.stdout.endswith("passed: 0 failures\n")
