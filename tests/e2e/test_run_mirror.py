"""What `make run` brings into the mirror, and that it stays equal to the simulator's truth."""

import os
import re
import signal

from harness import wait_until


def test_the_mirror_of_a_run(new_run):
    """Figures within a minute, a line for each step; a second run goes on with the same truth, and the mirror equals it."""
    run = new_run().start().ready()
    wait_until(lambda: min(run.mirrored()) >= 3, 60, "rows of three corps in every view")
    wait_until(lambda: "applied without a call" in run.text(), 30, "a change of a chat")
    # one of them that is read by itself is told by itself
    for words in ("auth code exchanged", "authorisation read", "all tags read", "members? listed", "chats? listed", "chats? read"):
        wait_until(lambda told=words: re.search(told, run.text()), 30, f"a line with {words!r}")
    # the reconciler dies; the simulator ends in order, for a truth that went back some seconds would be another one
    for word, name, number in (("wecom-sync", "reconciler", signal.SIGKILL), ("wecom-sim", "simulator", signal.SIGTERM)):
        os.kill(run.pid_of(word), number)
        wait_until(lambda told=name: f"{told}: it ended" in run.text(), 10, f"the line about {word}")
    run.wait_events(4, 40)
    corps = set(run.query("select auth_corp_id from mirror.corp"))
    assert run.end(signal.SIGINT) == 0
    run.start().ready()
    assert corps <= set(run.query("select auth_corp_id from mirror.corp"))
    run.wait_events(4)
    assert run.query("select count(*) from mirror.corp") == [(4,)]  # the same four, not four more
    found = run.compare_at_rest()
    assert found, repr(found)
    assert run.end(signal.SIGINT) == 0
    assert run.processes() == []
