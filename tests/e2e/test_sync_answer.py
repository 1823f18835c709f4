"""Every fault of the API by itself: nothing crashes, nothing is believed that should not be, and the end is equal."""

import time

import pytest

from sync_kit import corp_of, corps_of, deed, jobs, quiet_site, settle

FAULTS = ["slow", "cut_before", "cut_middle", "http_502", "bad_json", "wrong_type", "missing_member", "null_member",
          "duplicate_member", "warning", "busy", "conflict", "cursor_expired", "cursor_loop", "short_page", "revoke"]
# what asks a person after some attempts, because it does not go away by itself
MAY_PARK = {"wrong_type", "missing_member", "null_member", "duplicate_member", "warning", "bad_json", "cursor_loop"}
READ = "externalcontact/groupchat/get"


@pytest.fixture(scope="module")
def site(cluster, build):
    with quiet_site(cluster, build, corps=2, WECOM_API_TIMEOUT_MS="2000") as made:
        made.serve.set(page_max=3, slow_ms=500)
        yield made


@pytest.fixture(autouse=True)
def calm(site):
    yield
    site.serve.fault("all", share=0)
    site.serve.ask(do="api_reset")


def free(site):
    for corp, kind, target, *_ in jobs(site, "state = 'parked'"):
        site.unpark(corp, kind, target)


def do_everything(site):
    for corp in corps_of(site):
        site.resync(corp)
        for kind in ("create_chat", "join", "add", "edit", "update_tag", "update_user"):
            deed(site, kind, corp)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_times(site, fault):
    pid = site.daemons[0].pid
    site.serve.fault(fault, share=0.2)
    do_everything(site)
    time.sleep(2)
    site.serve.fault("all", share=0)
    site.drained(60)
    parked = jobs(site, "state = 'parked'")
    assert not parked or fault in MAY_PARK, parked
    assert all(row[4] for row in parked), parked
    free(site)
    for corp in corps_of(site):
        site.resync(corp, "chat")
    settle(site, 60)
    assert site.daemons[0].alive and site.daemons[0].pid == pid
    assert site.serve.violations() == {}


def test_an_answer_without_end(site):
    """100 MB: cut off at the bound."""
    with open(f"/proc/{site.daemons[0].pid}/status", encoding="ascii") as file:
        before = int(next(line for line in file if line.startswith("VmHWM")).split()[1])
    site.serve.fault("huge_body", count=2, api=READ)
    site.resync(corp_of(site), "chat")
    settle(site, 60)
    with open(f"/proc/{site.daemons[0].pid}/status", encoding="ascii") as file:
        after = int(next(line for line in file if line.startswith("VmHWM")).split()[1])
    assert after - before < 128 * 1024, (before, after)


# one or two of each reaction in the table of error codes
CODES = [-1, 40014, 42001, 40058, 45009, 45033, 48002, 48011, 50100, 60011, 84061, 701008, 999999]


@pytest.mark.parametrize("code", CODES)
def test_an_error_code_once(site, code):
    """Whatever it means: the daemon lives, nothing is deleted that is there, and afterwards all is equal."""
    site.serve.fault("errcode", code=code, count=1, api=READ)
    site.resync(corp_of(site), "chat")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not site.serve.counts()["api"]["codes"].get(str(code)):
        time.sleep(0.05)
    time.sleep(0.5)
    free(site)
    if code == 45009:  # its window is closed for a minute; a new daemon has nothing to remember it by
        site.daemons[0].stop()
        site.daemons[0].start()
    for corp, kind, target in site.rows("select auth_corp_id, kind, target from mirror.job where state = 'due'"):
        site.unpark(corp, kind, target)
    site.resync(corp_of(site), "chat")
    settle(site, 60)
    assert site.daemons[0].alive


def test_concurrency_backs_off(site):
    """45033 above two calls at once: the work is done all the same, and the client comes down."""
    site.serve.set(concurrency=2, latency_ms=30)
    for corp in corps_of(site):
        site.resync(corp)
    settle(site, 60)
    site.serve.set(concurrency=0, latency_ms=0)
    assert site.serve.violations() == {}


def test_tokens_that_live_shortly(site):
    site.serve.set(token_seconds=3)
    site.serve.revoke_tokens()
    for _ in range(4):
        for corp in corps_of(site):
            site.resync(corp, "chat")
        settle(site, 40)
        time.sleep(1)
    site.serve.set(token_seconds=7200)
    assert site.serve.violations() == {}


def test_nobody_answers(site):
    """The API is gone for a while."""
    corp = corp_of(site)
    site.serve.fault("cut_before", share=1)
    site.resync(corp, "chat")
    time.sleep(3)
    assert site.daemons[0].alive
    site.serve.fault("all", share=0)
    settle(site, 60)
    assert jobs(site, "state = 'parked'") == []
