"""Waiting until everything that was delivered is in the mirror."""

import time

import psycopg2

from .process import PATIENCE, HarnessError

# of corps that are not active only authorisation and deletion go on
WAITING = """select j.auth_corp_id, j.kind, j.target, j.state,
        round(extract(epoch from j.due_at - clock_timestamp())::numeric, 1), j.attempts, coalesce(j.last_error, '')
    from wecom.job as j
    where (j.state = 'leased' or (j.state = 'due' and j.due_at < clock_timestamp() + make_interval(secs => %s)))
        and (j.kind in ('corp', 'purge')
            or exists (select from wecom.corp as c where c.auth_corp_id = j.auth_corp_id and c.state = 'active'))
    order by 1, 2, 3"""


def spool_bytes(pool):
    return pool.metrics()["wecom_callback_spool_bytes"] if pool is not None and pool.alive else 0


def what_is_left(site, horizon):
    """Sentences about what is not done yet; an empty list when all is."""
    left = []
    if site.serve is not None and site.serve.alive:
        pending = site.serve.counts().get("pending", 0)
        if pending:
            left.append(f"{pending} callbacks under way")
    spooled = spool_bytes(site.pool)
    if spooled:
        left.append(f"{spooled:.0f} bytes in the spool")
    try:
        left += [f"job {' '.join(str(part) for part in row)}" for row in site.rows(WAITING, (horizon,))]
    except psycopg2.OperationalError as error:
        left.append(f"no database: {str(error).splitlines()[0]}")
    return left


def drained(site, seconds=60, horizon=20, still=0.3):
    """Until nothing is under way and no job is due within `horizon` seconds, for `still` seconds on end; how long it took.

    HarnessError naming what is left after `seconds` (of a busy machine: see wait_until).  Parked jobs wait for a person and are left alone.
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
