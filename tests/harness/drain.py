"""Waiting until everything that was delivered is in the mirror."""

import time

import psycopg2

from .process import PATIENCE, HarnessError

# of corps that are not active only authorisation and deletion go on; figures of reports are kept later, and exact before
WAITING = """select j.auth_corp_id, j.kind, j.target, j.state,
        round(extract(epoch from j.due_at - clock_timestamp())::numeric, 1), j.attempts, coalesce(j.last_error, '')
    from wecom.job as j
    where j.kind <> 'rollup' and (j.state = 'leased' or (j.state = 'due' and j.due_at < clock_timestamp() + make_interval(secs => %s)))
        and (j.kind in ('corp', 'purge')
            or exists (select from wecom.corp as c where c.auth_corp_id = j.auth_corp_id and c.state = 'active'))
    order by 1, 2, 3"""


def what_is_left(site, horizon):
    """Sentences about what is not done yet, of the first place on an event's way where there is something; else none."""
    pending = site.serve.counts().get("pending", 0) if site.serve is not None and site.serve.alive else 0
    if pending:
        return [f"{pending} callbacks under way"]
    spooled = list(site.settings.spool_folder.glob("*.segment"))
    if spooled:
        return [f"{len(spooled)} files in the spool"]
    try:
        jobs = site.rows(WAITING, (horizon,))
    except psycopg2.OperationalError as error:
        return [f"no database: {str(error).splitlines()[0]}"]
    return [f"job {' '.join(str(part) for part in row)}" for row in jobs]


def drained(site, seconds=60, horizon=20, still=0.3):
    """Until nothing is under way and no job is due within `horizon` seconds, for `still` seconds on end; how long it took.

    HarnessError naming what is left after `seconds`, or so many times as long as wait_until has patience.  Parked jobs
    wait for a person and are left alone.
    """
    began = time.monotonic()
    since = None
    while True:
        left = what_is_left(site, horizon)
        now = time.monotonic()
        since = None if left else since or now
        if since is not None and now - since >= still:
            return since - began
        if now - began > seconds * PATIENCE:
            more = f" … {len(left)} in all" if left[12:] else ""
            raise HarnessError(f"after {now - began:.0f} s still: {'; '.join(left[:12])}{more}")
        time.sleep(0.1)
