"""The C programs beside this file, each a test: their last line tells, their exit code decides."""

import os
import subprocess

import pytest

BUILD = os.environ.get("WECOM_BUILD", "out/release")


@pytest.mark.parametrize("program", ["spool_crash", "spool_disk"])
def test_program_finds_no_failure(program, tmp_path):
	result = subprocess.run(
		[os.path.join(BUILD, "fault", program)],
		env={**os.environ, "TMPDIR": str(tmp_path)},
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		timeout=240,
	)
	print(result.stdout[-4000:])
	assert result.returncode == 0
	assert result.stdout.endswith("passed: 0 failures\n")
	assert list(tmp_path.iterdir()) == []
