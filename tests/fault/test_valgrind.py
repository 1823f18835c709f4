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


def pids_in(lines, pattern):
    return {int(found.group(1)) for line in lines if (found := re.search(pattern, line))}


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
    current, parent = checked.pool.children, checked.pool.pid
    checked.pool.term()
    assert checked.pool.child.wait(60) == 0
    lines = checked.pool.lines()
    assert not [line for line in lines if f"status {ERROR_CODE}" in line]
    # so slow a worker may miss its heartbeat or its time to drain: the parent kills it by right, and it tells no summary
    killed = pids_in(lines, r"process (\d+) \(number \d+\) .*: it is killed")
    assert pids_in(lines, r"process (\d+) \(number \d+\) was ended by signal") <= killed
    assert {*before, *current} - killed, "all of them were killed, and nothing is proved"
    for pid in [*before, *current, parent]:
        if pid in killed:
            continue
        text = (checked.logs / f"{pid}.log").read_text()
        found = re.search(r"ERROR SUMMARY: (\d+) errors", text)
        assert found and found.group(1) == "0", text[-4000:]
