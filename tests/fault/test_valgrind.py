"""The whole pool under valgrind: events, repeats, refusals, an outage, a roll and an orderly end, without one error."""

import re
import shutil

import pytest

from harness import wait_until
from ledger import Load
from site_kit import Front, gone, wait_whole

ERROR_CODE = 99


@pytest.fixture
def checked(site):
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    logs = site.account.make_folder(site.folder / "valgrind")
    wrapper = [shutil.which("valgrind"), "--trace-children=yes", "--leak-check=full",
               "--show-leak-kinds=definite,indirect",
               "--errors-for-leak-kinds=definite,indirect", f"--error-exitcode={ERROR_CODE}",
               f"--log-file={logs}/%p.log"]
    front = Front(site, wrapper=wrapper, WECOM_LOG_REQUESTS="off")
    front.logs = logs
    try:
        front.pool.start(60)
        front.web["nginx"].start()
        wait_whole(front, 60)
        yield front
    finally:
        front.close()


def test_no_error_and_no_leak(site, checked):
    with Load(checked, rate=40, connections=4, garbage="0.1", bad_signature="0.1", repeat="0.1") as load:
        load.more(60, 60)
        site.cluster.stop("immediate")
        load.more(30, 60)
        site.cluster.start()
        load.more(30, 60)
        before = checked.pool.children
        checked.pool.hup()
        wait_until(lambda: gone(before), 60, "the end of the old generation")
        load.more(30, 60)
    load.assert_kept(seconds=60)
    pids = [*before, *checked.pool.children, checked.pool.pid]
    checked.pool.term()
    assert checked.pool.child.wait(60) == 0
    assert not [line for line in checked.pool.lines() if f"status {ERROR_CODE}" in line or "ended by signal" in line]
    for pid in pids:
        text = (checked.logs / f"{pid}.log").read_text()
        found = re.search(r"ERROR SUMMARY: (\d+) errors", text)
        assert found and found.group(1) == "0", text[-4000:]
